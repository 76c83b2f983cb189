-- When an open session of the platform runs out without further activity; null when it has ended.
create function private.platform_session_runs_out(p_session private.platform_sessions) returns timestamptz
language sql stable set search_path = '' as $$
  select least(p_session.last_seen_at + interval '15 minutes', p_session.created_at + interval '12 hours')
  where p_session.ended_at is null
$$;

-- The administrator who asks: live session that has proven the very factor of the account. Null otherwise.
create function private.platform_admin_id() returns uuid
language sql stable security definer set search_path = '' as $$
  select s.user_id
  from private.platform_sessions s
  join private.platform_admins a on a.user_id = s.user_id and a.removed_at is null
  join auth.sessions x on x.id = s.session_id and x.aal::text = 'aal2' and x.factor_id = a.factor_id
  where s.session_id = private.session_id() and s.user_id = auth.uid() and auth.jwt() ->> 'aal' = 'aal2'
    and private.platform_session_runs_out(s) > now() and private.session_alive(s.session_id, s.user_id)
$$;

create function private.assert_platform_admin() returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if private.platform_admin_id() is null then
    raise exception 'not an administrator of the platform' using errcode = '42501';
  end if;
end
$$;

create function private.end_platform_sessions(p_user uuid) returns void
language sql volatile security definer set search_path = '' as $$
  update private.platform_sessions set ended_at = now() where user_id = p_user and ended_at is null;
  delete from auth.sessions where user_id = p_user;
$$;

-- Makes an account an administrator, or gives one a new start: what it proved before counts no more.
-- Called by whoever may connect to the database.
create function private.invite_platform_admin(p_email text, p_token_hash bytea) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := (select id from auth.users where lower(email) = lower(p_email) and not is_sso_user);
begin
  if v_user is null then
    raise exception 'no account has this address' using errcode = 'P0002';
  end if;
  if exists (select 1 from public.memberships where user_id = v_user) then
    raise exception 'the address belongs to a member of a clinic' using errcode = 'YA001';
  end if;
  insert into private.platform_admins (user_id) values (v_user) on conflict (user_id) do update set factor_id = null, removed_at = null;
  insert into private.platform_invites (user_id, token_hash, expires_at) values (v_user, p_token_hash, now() + interval '24 hours')
  on conflict (user_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at;
  perform private.end_platform_sessions(v_user);
end
$$;

-- Takes the platform away from an account; false when it was no administrator.
create function private.remove_platform_admin(p_email text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := (select id from auth.users where lower(email) = lower(p_email) and not is_sso_user);
begin
  update private.platform_admins set removed_at = now(), factor_id = null where user_id = v_user and removed_at is null;
  if not found then
    return false;
  end if;
  delete from private.platform_invites where user_id = v_user;
  delete from auth.mfa_factors where user_id = v_user;
  perform private.end_platform_sessions(v_user);
  return true;
end
$$;

-- The account of an administrator's link, or null. Sessions and second factors of before go: somebody else may have made them.
create function private.open_platform_invite(p_token text) returns text
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := (
    select user_id from private.platform_invites
    where token_hash = sha256(convert_to(p_token, 'UTF8')) and expires_at > now());
begin
  delete from auth.mfa_factors where user_id = v_user;
  delete from auth.sessions where user_id = v_user;
  return (select email from auth.users where id = v_user);
end
$$;

create function public.open_platform_invite(p_token text) returns text
language sql volatile set search_path = '' as $$ select private.open_platform_invite(p_token) $$;

-- Binds a session to the platform, once. The app calls this for a session whose code it has counted, checked and spent;
-- Auth alone would let codes be guessed and repeated. The first time the link must be shown too: with it the link is used
-- up, and the factor of this session becomes the account's. Answers whether it did.
create function private.enter_platform(p_session uuid, p_ip text, p_user_agent text, p_token text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_session auth.sessions;
begin
  select * into v_session from auth.sessions where id = p_session and aal::text = 'aal2' and created_at > now() - interval '15 minutes';
  if not private.session_alive(v_session.id, v_session.user_id)
    or exists (select 1 from private.tenant_sessions where session_id = p_session)
  then
    return false;
  end if;
  if p_token is not null then
    delete from private.platform_invites
    where user_id = v_session.user_id and token_hash = sha256(convert_to(p_token, 'UTF8')) and expires_at > now();
    if not found then
      return false;
    end if;
    update private.platform_admins set factor_id = v_session.factor_id where user_id = v_session.user_id;
  end if;
  insert into private.platform_sessions (session_id, user_id, ip, user_agent)
  select p_session, a.user_id, left(p_ip, 64), left(p_user_agent, 300)
  from private.platform_admins a
  where a.user_id = v_session.user_id and a.factor_id = v_session.factor_id and a.removed_at is null
  on conflict (session_id) do nothing;
  return found;
end
$$;

create function public.enter_platform(p_session uuid, p_ip text, p_user_agent text, p_token text default null) returns boolean
language sql volatile set search_path = '' as $$ select private.enter_platform(p_session, p_ip, p_user_agent, p_token) $$;

create function private.leave_platform() returns void
language sql volatile security definer set search_path = '' as $$
  update private.platform_sessions set ended_at = now()
  where session_id = private.session_id() and user_id = auth.uid() and ended_at is null
$$;

create function public.leave_platform() returns void
language sql volatile set search_path = '' as $$ select private.leave_platform() $$;

-- What a page of the platform needs to know of its caller: 'ok', 'second_factor' when only that is missing, or 'signed_out'.
create function private.platform_gate() returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_session private.platform_sessions;
begin
  select * into v_session from private.platform_sessions where session_id = private.session_id() and user_id = v_user;
  if private.platform_session_runs_out(v_session) <= now() then
    update private.platform_sessions set ended_at = now() where session_id = v_session.session_id;
    delete from auth.sessions where id = v_session.session_id;
    return jsonb_build_object('status', 'signed_out', 'run_out', true);
  end if;
  if private.platform_admin_id() is not null then
    update private.platform_sessions set last_seen_at = now()
    where session_id = v_session.session_id and last_seen_at < now() - interval '1 minute';
    return (select jsonb_build_object('status', 'ok', 'email', email) from auth.users where id = v_user);
  end if;
  -- Half a sign-in is good for a quarter of an hour.
  if v_session.session_id is null and private.session_alive(private.session_id(), v_user)
    and exists (select 1 from auth.sessions where id = private.session_id() and created_at > now() - interval '15 minutes')
  then
    return coalesce(
      (select jsonb_build_object('status', 'second_factor', 'factor_id', a.factor_id)
       from private.platform_admins a where a.user_id = v_user and a.factor_id is not null and a.removed_at is null),
      jsonb_build_object('status', 'signed_out', 'run_out', false));
  end if;
  return jsonb_build_object('status', 'signed_out', 'run_out', false);
end
$$;

create function public.platform_gate() returns jsonb
language sql volatile set search_path = '' as $$ select private.platform_gate() $$;

-- An account is the platform's or a clinic's, never both.
create function private.refuse_platform_admin() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select 1 from private.platform_admins where user_id = new.user_id and removed_at is null) then
    raise exception 'the address belongs to an administrator of the platform' using errcode = 'YA001';
  end if;
  return new;
end
$$;

create trigger memberships_refuse_platform_admin before insert or update of user_id on public.memberships
  for each row execute function private.refuse_platform_admin();

-- A session of the platform never enters a clinic, whoever carries its cookie there.
create function private.refuse_platform_session() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select 1 from private.platform_sessions where session_id = new.session_id) then
    return null;
  end if;
  return new;
end
$$;

create trigger tenant_sessions_refuse_platform before insert on private.tenant_sessions
  for each row execute function private.refuse_platform_session();

grant execute on function
  private.open_platform_invite(text), public.open_platform_invite(text),
  private.enter_platform(uuid, text, text, text), public.enter_platform(uuid, text, text, text)
to service_role;

grant execute on function
  private.leave_platform(), public.leave_platform()
to authenticated;

grant execute on function
  private.platform_gate(), public.platform_gate()
to anon, authenticated;
