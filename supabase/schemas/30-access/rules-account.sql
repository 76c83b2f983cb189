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

-- A confirmation is about an address: another address has to be confirmed anew.
create function private.forget_verification() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.profiles set email_verified_at = null where user_id = new.id;
  delete from private.email_verifications where user_id = new.id;
  perform private.note_for_memberships(new.id, 'profiles.email_changed');
  return null;
end
$$;

create trigger users_forget_verification after update of email on auth.users
  for each row when (old.email is distinct from new.email) execute function private.forget_verification();

-- Makes the reset token of a user, replacing an earlier one. Called by the mail job only.
create function private.issue_password_reset(p_user uuid, p_token_hash bytea) returns void
language sql security definer set search_path = '' as $$
  insert into private.password_resets (user_id, token_hash, expires_at) values (p_user, p_token_hash, now() + interval '1 hour')
  on conflict (user_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at
$$;

-- Sends the verification mail once more; at most three an hour. Answers whether it was queued. An owner under a hold may still confirm
-- the address, which the export wants.
create function private.resend_verification() returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.session_tenant_id();
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

-- Sends the verification mail once more; at most three an hour. Answers whether it was queued. An owner under a hold may still confirm
-- the address, which the export wants.
create function public.resend_verification() returns boolean
language sql volatile set search_path = '' as $$
  select private.resend_verification()
$$;

-- Queues a reset mail when the address belongs to a member of the clinic, or to somebody who is invited; silent either way, at most three
-- an hour per address.
create function private.request_password_reset(p_slug text, p_email text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant uuid;
  v_user uuid;
begin
  select t.id, u.id into v_tenant, v_user
  from public.tenants t
  join auth.users u on lower(u.email) = lower(p_email)
  join public.profiles p on p.user_id = u.id
  where t.slug = p_slug and t.status = 'active' and private.may_reset_at(t.id, u.id);
  if v_user is not null and private.take_rate_limit('reset-mail:' || v_user, 3, 3600) = 0 then
    perform private.queue_mail('reset_password', v_tenant, v_user);
  end if;
end
$$;

-- Queues a reset mail when the address belongs to a member of the clinic, or to somebody who is invited; silent either way, at most three
-- an hour per address.
create function public.request_password_reset(p_slug text, p_email text) returns void
language sql volatile set search_path = '' as $$
  select private.request_password_reset(p_slug, p_email)
$$;

create function private.may_reset_at(p_tenant uuid, p_user uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.memberships where tenant_id = p_tenant and user_id = p_user and status = 'active')
    or exists (
      select 1 from public.invitations i join auth.users u on u.id = p_user and lower(u.email) = i.email
      where i.tenant_id = p_tenant and i.status = 'open' and i.expires_at > now()
        -- An administrator of the platform comes back by a link from its terminal.
        and not exists (select 1 from private.platform_admins a where a.user_id = p_user and a.removed_at is null))
$$;

create function private.update_own_name(p_name text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.current_tenant_id();
begin
  if v_tenant is null then
    return false;
  end if;
  update public.profiles set full_name = p_name where user_id = auth.uid() and full_name is distinct from p_name;
  if found then
    perform private.write_audit(m.tenant_id, 'profiles.name_changed', m.id) from public.memberships m where m.user_id = auth.uid();
  end if;
  return true;
end
$$;

create function public.update_own_name(p_name text) returns boolean
language sql volatile set search_path = '' as $$ select private.update_own_name(p_name) $$;

-- Whoever changes their password calls off what somebody else may have begun with the old one.
create function private.forget_email_change() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from private.email_changes where user_id = new.id;
  return null;
end
$$;

create trigger users_forget_email_change after update of encrypted_password on auth.users
  for each row when (old.encrypted_password is distinct from new.encrypted_password)
  execute function private.forget_email_change();

-- Begins a change of address: a notice goes to the present one, a link to the new one. The app calls it after the password was
-- proven: a session alone must not be able to. False when it was asked for too often.
create function private.request_email_change(p_user uuid, p_tenant uuid, p_email text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_change uuid;
begin
  if private.take_rate_limit('email-change:' || p_user, 3, 3600) > 0 then
    return false;
  end if;
  insert into private.email_changes (user_id, email) values (p_user, p_email)
  on conflict (user_id) do update set id = excluded.id, email = excluded.email, token_hash = null, expires_at = excluded.expires_at
  returning id into v_change;
  perform graphile_worker.add_job('send_email_change', json_build_object('tenantId', p_tenant, 'changeId', v_change), max_attempts => 10);
  return true;
end
$$;

create function public.request_email_change(p_user uuid, p_tenant uuid, p_email text) returns boolean
language sql volatile set search_path = '' as $$ select private.request_email_change(p_user, p_tenant, p_email) $$;

-- Keeps the hash of the token that the mail is about to hold. Called by the mail job only.
create function private.issue_email_change_token(p_change uuid, p_token_hash bytea) returns void
language sql volatile security definer set search_path = '' as $$
  update private.email_changes set token_hash = p_token_hash where id = p_change
$$;

-- Makes the new address the account's, confirmed, and ends all of the person's sessions but the caller's own. False when the link
-- has been used or has run out, or when the address has an account by now.
create function private.confirm_email_change(p_token text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_change private.email_changes;
begin
  delete from private.email_changes where token_hash = sha256(convert_to(p_token, 'UTF8')) and expires_at > now() returning * into v_change;
  if v_change.user_id is null then
    return false;
  end if;
  perform private.lock_account(v_change.email);
  perform private.delete_unclaimed_account(v_change.email);
  if exists (select 1 from auth.users where lower(email) = v_change.email)
    or exists (select 1 from private.platform_admins where user_id = v_change.user_id and removed_at is null)
  then
    return false;
  end if;
  update auth.users set email = v_change.email where id = v_change.user_id;
  -- Auth keeps the address twice.
  if to_regclass('auth.identities') is not null then
    update auth.identities set identity_data = identity_data || jsonb_build_object('email', v_change.email)
    where user_id = v_change.user_id and provider = 'email';
  end if;
  update public.profiles set email_verified_at = now() where user_id = v_change.user_id;
  delete from private.password_resets where user_id = v_change.user_id;
  perform private.end_sessions(array(
    select session_id from private.tenant_sessions
    where user_id = v_change.user_id and ended_at is null and session_id is distinct from private.session_id()));
  delete from auth.sessions where user_id = v_change.user_id and id is distinct from private.session_id();
  return true;
end
$$;

create function public.confirm_email_change(p_token text) returns boolean
language sql volatile set search_path = '' as $$ select private.confirm_email_change(p_token) $$;

grant execute on function
  private.verify_email(text), public.verify_email(text),
  private.request_password_reset(text, text), public.request_password_reset(text, text),
  private.confirm_email_change(text), public.confirm_email_change(text)
to anon, authenticated;

grant execute on function
  private.resend_verification(), public.resend_verification(),
  private.update_own_name(text), public.update_own_name(text)
to authenticated;

grant execute on function
  private.request_email_change(uuid, uuid, text), public.request_email_change(uuid, uuid, text)
to service_role;
