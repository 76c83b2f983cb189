-- Mails are jobs, queued in the transaction that causes them. Payloads name people by id; tokens are made when the mail is sent.
create function private.queue_mail(p_template text, p_tenant uuid, p_user uuid) returns void
language sql security definer set search_path = '' as $$
  select graphile_worker.add_job(
    'send_mail', json_build_object('template', p_template, 'tenantId', p_tenant, 'userId', p_user), max_attempts => 10)
$$;

create table private.email_verifications (
  user_id uuid primary key references auth.users on delete cascade,
  token_hash bytea not null unique,
  email text not null,
  expires_at timestamptz not null
);
alter table private.email_verifications enable row level security;
alter table private.email_verifications force row level security;

-- Makes the verification token of a user, replacing an earlier one. Called by the mail job only.
create function private.issue_email_verification(p_user uuid, p_token_hash bytea) returns void
language sql security definer set search_path = '' as $$
  insert into private.email_verifications (user_id, token_hash, email, expires_at)
  select u.id, p_token_hash, u.email, now() + interval '7 days' from auth.users u where u.id = p_user
  on conflict (user_id) do update set token_hash = excluded.token_hash, email = excluded.email, expires_at = excluded.expires_at
$$;

-- Redeems a token once; false when it is unknown, used, expired or for an address the user no longer has.
create function private.verify_email(p_token text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_user uuid;
  v_membership record;
begin
  delete from private.email_verifications v using auth.users u
  where v.token_hash = sha256(convert_to(p_token, 'UTF8')) and v.expires_at > now() and u.id = v.user_id and u.email = v.email
  returning v.user_id into v_user;
  if v_user is null then
    return false;
  end if;
  update public.profiles set email_verified_at = now() where user_id = v_user;
  for v_membership in select id, tenant_id from public.memberships where user_id = v_user loop
    perform private.write_audit(v_membership.tenant_id, 'profiles.email_verified', v_membership.id);
  end loop;
  return true;
end
$$;
create function public.verify_email(p_token text) returns boolean
language sql volatile set search_path = '' as $$
  select private.verify_email(p_token)
$$;
grant execute on function private.verify_email(text), public.verify_email(text) to anon, authenticated;

-- A confirmation is about an address: another address has to be confirmed anew.
create function private.forget_verification() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.profiles set email_verified_at = null where user_id = new.id;
  delete from private.email_verifications where user_id = new.id;
  perform private.write_audit(m.tenant_id, 'profiles.email_changed', m.id) from public.memberships m where m.user_id = new.id;
  return null;
end
$$;
create trigger users_forget_verification after update of email on auth.users
  for each row when (old.email is distinct from new.email) execute function private.forget_verification();

create table private.password_resets (
  user_id uuid primary key references auth.users on delete cascade,
  token_hash bytea not null unique,
  expires_at timestamptz not null
);
alter table private.password_resets enable row level security;
alter table private.password_resets force row level security;

-- Makes the reset token of a user, replacing an earlier one. Called by the mail job only.
create function private.issue_password_reset(p_user uuid, p_token_hash bytea) returns void
language sql security definer set search_path = '' as $$
  insert into private.password_resets (user_id, token_hash, expires_at) values (p_user, p_token_hash, now() + interval '1 hour')
  on conflict (user_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at
$$;

-- Redeems a reset token once; answers the account's address, or null.
create function private.redeem_password_reset(p_token text) returns text
language sql volatile security definer set search_path = '' as $$
  with redeemed as (
    delete from private.password_resets
    where token_hash = sha256(convert_to(p_token, 'UTF8')) and expires_at > now()
    returning user_id
  )
  select u.email from redeemed join auth.users u on u.id = redeemed.user_id
$$;
create function public.redeem_password_reset(p_token text) returns text
language sql volatile set search_path = '' as $$
  select private.redeem_password_reset(p_token)
$$;
grant execute on function private.redeem_password_reset(text), public.redeem_password_reset(text) to service_role;

-- Sends the verification mail once more; at most three an hour. Answers whether it was queued.
create function private.resend_verification() returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.current_tenant_id();
begin
  if v_tenant is null or exists (select 1 from public.profiles where user_id = auth.uid() and email_verified_at is not null) then
    return false;
  end if;
  if private.take_rate_limit('verify-mail:' || auth.uid(), 3, 3600) > 0 then
    return false;
  end if;
  perform private.queue_mail('verify_email', v_tenant, auth.uid());
  return true;
end
$$;
create function public.resend_verification() returns boolean
language sql volatile set search_path = '' as $$
  select private.resend_verification()
$$;
grant execute on function private.resend_verification(), public.resend_verification() to authenticated;

-- Queues a reset mail when the address belongs to a member of the clinic; silent either way, at most three an hour per address.
create function private.request_password_reset(p_slug text, p_email text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant uuid;
  v_user uuid;
begin
  select m.tenant_id, m.user_id into v_tenant, v_user
  from public.tenants t
  join public.memberships m on m.tenant_id = t.id and m.status = 'active'
  join auth.users u on u.id = m.user_id
  where t.slug = p_slug and t.status = 'active' and lower(u.email) = lower(p_email);
  if v_user is not null and private.take_rate_limit('reset-mail:' || v_user, 3, 3600) = 0 then
    perform private.queue_mail('reset_password', v_tenant, v_user);
  end if;
end
$$;
create function public.request_password_reset(p_slug text, p_email text) returns void
language sql volatile set search_path = '' as $$
  select private.request_password_reset(p_slug, p_email)
$$;
grant execute on function private.request_password_reset(text, text), public.request_password_reset(text, text) to anon, authenticated;
