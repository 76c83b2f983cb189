-- Sessions run out: after a while without activity, and after a number of hours whatever happens. Each clinic sets both.
alter table public.tenant_settings
  add column session_idle_minutes smallint not null default 15 check (session_idle_minutes between 5 and 120),
  add column session_hours smallint not null default 12 check (session_hours between 1 and 24);

-- When an open session of a clinic runs out without further activity; null when it has ended.
create function private.session_runs_out(p_session private.tenant_sessions) returns timestamptz
language sql stable security definer set search_path = '' as $$
  select least(
    p_session.last_seen_at + make_interval(mins => c.session_idle_minutes),
    p_session.created_at + make_interval(hours => c.session_hours))
  from public.tenant_settings c where c.tenant_id = p_session.tenant_id and p_session.ended_at is null
$$;

create or replace function private.current_tenant_id() returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_session constant uuid := private.session_id();
  v_tenant uuid;
begin
  if v_user is null or v_session is null then
    return null;
  end if;
  select s.tenant_id into v_tenant
  from private.tenant_sessions s
  join public.memberships m on m.tenant_id = s.tenant_id and m.user_id = s.user_id and m.status = 'active'
  join public.tenants t on t.id = s.tenant_id and t.status = 'active'
  join public.tenant_settings c on c.tenant_id = s.tenant_id
  where s.session_id = v_session
    and s.user_id = v_user
    and s.ended_at is null
    and s.last_seen_at > now() - make_interval(mins => c.session_idle_minutes)
    and s.created_at > now() - make_interval(hours => c.session_hours)
    and not exists (select 1 from public.tenant_holds h where h.tenant_id = s.tenant_id and h.lifted_at is null);
  if v_tenant is null or not private.session_alive(v_session, v_user) then
    return null;
  end if;
  return v_tenant;
end
$$;

-- Ends sessions for good, in the clinic and in Auth, and notes each in the log. Answers how many there were.
create function private.end_sessions(p_sessions uuid[], p_action text default 'sessions.ended') returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_ended integer;
begin
  with ended as (
    update private.tenant_sessions set ended_at = now()
    where session_id = any(p_sessions) and ended_at is null
    returning session_id, tenant_id
  )
  select count(*) into v_ended from ended, lateral private.write_audit(ended.tenant_id, p_action, ended.session_id);
  delete from auth.sessions where id = any(p_sessions);
  return v_ended;
end
$$;

-- What has run out ends for good: a longer limit set later must not bring it back.
create function private.end_run_out_sessions(p_tenant uuid default null) returns integer
language sql volatile security definer set search_path = '' as $$
  select private.end_sessions(
    array(
      select s.session_id from private.tenant_sessions s
      where s.ended_at is null and (p_tenant is null or s.tenant_id = p_tenant) and private.session_runs_out(s) <= now()),
    'sessions.run_out')
$$;
create index tenant_sessions_open_idx on private.tenant_sessions (last_seen_at) where ended_at is null;

create function private.end_sessions_before_new_limits() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform private.end_run_out_sessions(old.tenant_id);
  return new;
end
$$;
create trigger tenant_settings_end_sessions before update of session_idle_minutes, session_hours on public.tenant_settings
  for each row execute function private.end_sessions_before_new_limits();

-- Seconds until the caller's session runs out: without activity, and at the latest. Null when it has.
-- Asking is no activity.
create function private.session_state() returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'id', s.session_id,
    'idle_seconds', floor(extract(epoch from private.session_runs_out(s) - now())),
    'total_seconds', floor(extract(epoch from s.created_at + make_interval(hours => c.session_hours) - now())))
  from private.tenant_sessions s
  join public.tenant_settings c on c.tenant_id = s.tenant_id
  where s.session_id = private.session_id() and s.tenant_id = private.current_tenant_id()
$$;
create function public.session_state() returns jsonb
language sql stable set search_path = '' as $$
  select private.session_state()
$$;

-- The caller's open sessions at the clinic, the one in use first.
create function private.list_sessions() returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(
    jsonb_build_object(
      'id', s.session_id, 'ip', s.ip, 'user_agent', s.user_agent, 'first_seen_at', s.created_at, 'last_seen_at', s.last_seen_at,
      'current', s.session_id = private.session_id())
    order by s.session_id = private.session_id() desc, s.last_seen_at desc), '[]')
  from private.tenant_sessions s
  where s.tenant_id = private.current_tenant_id() and s.user_id = auth.uid()
    and private.session_runs_out(s) > now() and private.session_alive(s.session_id, s.user_id)
$$;
create function public.list_sessions() returns jsonb
language sql stable set search_path = '' as $$
  select private.list_sessions()
$$;

-- Ends one of the caller's own sessions at the clinic, or without an id all but the one in use. Answers how many ended.
create function private.end_own_sessions(p_session uuid) returns integer
language sql volatile security definer set search_path = '' as $$
  select private.end_sessions(array(
    select s.session_id from private.tenant_sessions s
    where s.tenant_id = private.current_tenant_id() and s.user_id = auth.uid() and s.ended_at is null
      and (s.session_id = p_session or (p_session is null and s.session_id <> private.session_id()))))
$$;
create function public.end_own_sessions(p_session uuid default null) returns integer
language sql volatile set search_path = '' as $$
  select private.end_own_sessions(p_session)
$$;

-- Anybody may ask: whoever is signed out learns just that.
grant execute on function private.session_state(), public.session_state() to anon, authenticated;
grant execute on function
  private.list_sessions(), public.list_sessions(),
  private.end_own_sessions(uuid), public.end_own_sessions(uuid)
to authenticated;

create or replace function private.purge_expired() returns void
language sql security definer set search_path = '' as $$
  delete from private.rate_limits where resets_at < now();
  delete from private.handoff_codes where expires_at < now();
  delete from private.email_verifications where expires_at < now();
  delete from private.password_resets where expires_at < now();
  delete from private.signup_reservations where tenant_id is not null and expires_at < now();
  delete from private.reserved_names where until < now();
  select private.end_run_out_sessions();
$$;
