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

-- Whether the caller, signed in at one clinic, may go to another of theirs without their password; at most 60 times an hour. What
-- they proved at their sign-in must be young enough for that clinic, and must have come after the last time that a session of
-- theirs there was ended before its time: signed out, taken away, or put out by a hold.
create function private.may_switch_to(p_slug text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  return private.session_tenant_id() is not null
    and exists (
      select 1 from public.memberships m join public.tenants t on t.id = m.tenant_id and t.status = 'active'
      join private.tenant_sessions o on o.session_id = private.session_id()
      join public.tenant_settings c on c.tenant_id = t.id
      where m.user_id = auth.uid() and m.status = 'active' and t.slug = p_slug
        and o.created_at > now() - make_interval(hours => c.session_hours)
        and not exists (
          select 1 from private.tenant_sessions s
          where s.tenant_id = t.id and s.user_id = m.user_id and s.ended_at > o.created_at
            and s.ended_at < least(
              s.last_seen_at + make_interval(mins => c.session_idle_minutes), s.created_at + make_interval(hours => c.session_hours))))
    and private.take_rate_limit('switch:' || auth.uid(), 60, 3600) = 0;
end
$$;

-- Sessions that were opened from another clinic's, until they are bound: the time limits go on from the sign-in there.
create table private.switched_sessions (
  session_id uuid primary key,
  proven_at timestamptz not null,
  expires_at timestamptz not null default now() + interval '5 minutes'
);
alter table private.switched_sessions enable row level security;
alter table private.switched_sessions force row level security;

create function private.keep_sign_in_time() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_proven timestamptz;
begin
  delete from private.switched_sessions where session_id = new.session_id returning proven_at into v_proven;
  new.created_at := coalesce(v_proven, new.created_at);
  return new;
end
$$;
create trigger tenant_sessions_keep_sign_in_time before insert on private.tenant_sessions
  for each row execute function private.keep_sign_in_time();

-- Keeps a one-time code for a clinic's address, by its hash, with what it stands for, sealed by the app: p_session, which was
-- opened from p_origin.
create function private.issue_handoff(p_slug text, p_code_hash text, p_payload text, p_session uuid, p_origin uuid) returns void
language sql volatile security definer set search_path = '' as $$
  delete from private.switched_sessions where expires_at < now();
  insert into private.switched_sessions (session_id, proven_at)
  select p_session, created_at from private.tenant_sessions where session_id = p_origin;
  insert into private.handoff_codes (code_hash, tenant_id, payload) select decode(p_code_hash, 'hex'), id, p_payload from public.tenants where slug = p_slug;
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

-- An address that waits for its confirmation; each request has an id of its own, so that no mail serves another request.
create table private.email_changes (
  user_id uuid primary key references auth.users on delete cascade,
  id uuid not null unique default gen_random_uuid(),
  email text not null check (email = lower(email) and char_length(email) between 3 and 254),
  token_hash bytea unique check (octet_length(token_hash) = 32),
  expires_at timestamptz not null default now() + interval '24 hours'
);
alter table private.email_changes enable row level security;
alter table private.email_changes force row level security;

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

create function public.list_own_clinics() returns jsonb
language sql stable set search_path = '' as $$ select private.list_own_clinics() $$;
create function public.may_switch_to(p_slug text) returns boolean
language sql volatile set search_path = '' as $$ select private.may_switch_to(p_slug) $$;
create function public.issue_handoff(p_slug text, p_code_hash text, p_payload text, p_session uuid, p_origin uuid) returns void
language sql volatile set search_path = '' as $$ select private.issue_handoff(p_slug, p_code_hash, p_payload, p_session, p_origin) $$;
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
  private.issue_handoff(text, text, text, uuid, uuid), public.issue_handoff(text, text, text, uuid, uuid),
  private.request_email_change(uuid, uuid, text), public.request_email_change(uuid, uuid, text)
to service_role;
