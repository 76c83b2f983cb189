-- A person's own account: their name, their address, and the way from one of their clinics to another.

-- The caller's clinics that are open to them, the one they work in marked.
create function private.list_own_clinics() returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(
    jsonb_build_object('slug', t.slug, 'name', t.name, 'role', r.name, 'current', t.id = c.id) order by private.fold(t.name), t.slug), '[]')
  from (select private.session_tenant_id() as id) as c
  join public.memberships m on m.user_id = auth.uid() and m.status = 'active'
  join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
  join public.tenants t on t.id = m.tenant_id and t.status = 'active'
  where c.id is not null
$$;

-- Whether the caller, signed in at one clinic, may go to another of theirs; at most 60 times an hour.
create function private.may_switch_to(p_slug text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  return private.session_tenant_id() is not null
    and exists (
      select 1 from public.memberships m join public.tenants t on t.id = m.tenant_id and t.status = 'active'
      where m.user_id = auth.uid() and m.status = 'active' and t.slug = p_slug)
    and private.take_rate_limit('switch:' || auth.uid(), 60, 3600) = 0;
end
$$;

-- Keeps a one-time code for a clinic's address, by its hash, with what it stands for, sealed by the app.
create function private.issue_handoff(p_slug text, p_code_hash text, p_payload text) returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.handoff_codes (code_hash, tenant_id, payload) select decode(p_code_hash, 'hex'), id, p_payload from public.tenants where slug = p_slug
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

-- An address that waits for its confirmation.
create table private.email_changes (
  user_id uuid primary key references auth.users on delete cascade,
  email text not null check (email = lower(email) and char_length(email) between 3 and 254),
  token_hash bytea unique check (octet_length(token_hash) = 32),
  expires_at timestamptz not null default now() + interval '24 hours'
);
alter table private.email_changes enable row level security;
alter table private.email_changes force row level security;

-- Begins a change of address: a link goes to the new one, a notice to the present one. The app calls it after the password was
-- proven: a session alone must not be able to. False when it was asked for too often.
create function private.request_email_change(p_user uuid, p_tenant uuid, p_email text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  if private.take_rate_limit('email-change:' || p_user, 3, 3600) > 0 then
    return false;
  end if;
  insert into private.email_changes (user_id, email) values (p_user, p_email)
  on conflict (user_id) do update set email = excluded.email, token_hash = null, expires_at = excluded.expires_at;
  perform private.queue_mail('email_change_notice', p_tenant, p_user);
  perform graphile_worker.add_job('send_email_change', json_build_object('tenantId', p_tenant, 'userId', p_user), max_attempts => 10);
  return true;
end
$$;

-- Keeps the hash of the token that the mail is about to hold. Called by the mail job only.
create function private.issue_email_change_token(p_user uuid, p_token_hash bytea) returns void
language sql volatile security definer set search_path = '' as $$
  update private.email_changes set token_hash = p_token_hash where user_id = p_user
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
  if exists (select 1 from auth.users where lower(email) = v_change.email) then
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

create function public.list_own_clinics() returns jsonb
language sql stable set search_path = '' as $$ select private.list_own_clinics() $$;
create function public.may_switch_to(p_slug text) returns boolean
language sql volatile set search_path = '' as $$ select private.may_switch_to(p_slug) $$;
create function public.issue_handoff(p_slug text, p_code_hash text, p_payload text) returns void
language sql volatile set search_path = '' as $$ select private.issue_handoff(p_slug, p_code_hash, p_payload) $$;
create function public.update_own_name(p_name text) returns boolean
language sql volatile set search_path = '' as $$ select private.update_own_name(p_name) $$;
create function public.request_email_change(p_user uuid, p_tenant uuid, p_email text) returns boolean
language sql volatile set search_path = '' as $$ select private.request_email_change(p_user, p_tenant, p_email) $$;
create function public.confirm_email_change(p_token text) returns boolean
language sql volatile set search_path = '' as $$ select private.confirm_email_change(p_token) $$;
grant execute on function private.confirm_email_change(text), public.confirm_email_change(text) to anon, authenticated;
grant execute on function
  private.list_own_clinics(), public.list_own_clinics(),
  private.may_switch_to(text), public.may_switch_to(text),
  private.update_own_name(text), public.update_own_name(text)
to authenticated;
grant execute on function
  private.issue_handoff(text, text, text), public.issue_handoff(text, text, text),
  private.request_email_change(uuid, uuid, text), public.request_email_change(uuid, uuid, text)
to service_role;
