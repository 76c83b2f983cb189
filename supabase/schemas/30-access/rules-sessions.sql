-- Whether the session lives in Auth and began after the user's sessions were last ended.
create function private.session_alive(p_session uuid, p_user uuid) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (
    select 1
    from auth.sessions s
    left join public.profiles p on p.user_id = s.user_id
    where s.id = p_session
      and s.user_id = p_user
      and (s.not_after is null or s.not_after > now())
      and s.created_at > coalesce(p.sessions_valid_after, '-infinity')
  );
end
$$;

-- A changed password ends every session that began before, whichever way it was changed.
create function private.end_sessions_on_password_change() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.profiles set sessions_valid_after = clock_timestamp() where user_id = new.id;
  update private.tenant_sessions set ended_at = now() where user_id = new.id and ended_at is null;
  -- Auth's own sessions too: a kept refresh token could set the next password.
  delete from auth.sessions where user_id = new.id;
  perform private.note_for_memberships(new.id, 'profiles.password_changed');
  return null;
end
$$;

create trigger users_end_sessions after update of encrypted_password on auth.users
  for each row when (old.encrypted_password is distinct from new.encrypted_password)
  execute function private.end_sessions_on_password_change();

-- A membership that ends or pauses ends its sessions; coming back means signing in.
create function private.end_sessions_of_membership() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update private.tenant_sessions set ended_at = now()
  where tenant_id = old.tenant_id and user_id = old.user_id and ended_at is null;
  return null;
end
$$;

create trigger memberships_end_sessions_removed after delete on public.memberships
  for each row execute function private.end_sessions_of_membership();

create trigger memberships_end_sessions_paused after update of status on public.memberships
  for each row when (new.status <> 'active') execute function private.end_sessions_of_membership();

-- Redeems a hand-off code once, for the clinic it was made for. The code is the proof, so anybody may call.
create function private.redeem_handoff(p_slug text, p_code_hash text) returns text
language sql volatile security definer set search_path = '' as $$
  delete from private.handoff_codes h using public.tenants t
  where h.code_hash = decode(p_code_hash, 'hex') and h.expires_at > now() and t.id = h.tenant_id and t.slug = p_slug
  returning h.payload
$$;

create function public.redeem_handoff(p_slug text, p_code_hash text) returns text
language sql volatile set search_path = '' as $$
  select private.redeem_handoff(p_slug, p_code_hash)
$$;

-- A verified custom domain's clinic; null when nobody has proven it.
create function private.resolve_domain(p_host text) returns text
language sql stable security definer set search_path = '' as $$
  select t.slug from public.tenant_domains d join public.tenants t on t.id = d.tenant_id
  where d.host = p_host and d.verified_at is not null
$$;

create function public.resolve_domain(p_host text) returns text
language sql stable set search_path = '' as $$
  select private.resolve_domain(p_host)
$$;

-- Why a member of the clinic cannot work there, or null: 'cancelled', 'on_hold', 'no_access'.
create function private.refusal(p_tenant uuid, p_user uuid) returns text
language sql stable security definer set search_path = '' as $$
  select case
    when not exists (select 1 from public.memberships where tenant_id = p_tenant and user_id = p_user and status = 'active') then 'no_access'
    when exists (select 1 from public.tenants where id = p_tenant and status <> 'active') then 'cancelled'
    when exists (select 1 from public.tenant_holds where tenant_id = p_tenant and lifted_at is null) then 'on_hold'
  end
$$;

-- Binds the caller's Auth session to the clinic, once. Answers 'ok', or why not.
create function private.enter_tenant(p_slug text, p_ip text, p_user_agent text) returns text
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_session constant uuid := private.session_id();
  v_tenant constant uuid := (select id from public.tenants where slug = p_slug);
  v_refusal text;
begin
  if v_tenant is null or v_user is null or v_session is null or not private.session_alive(v_session, v_user) then
    return 'signed_out';
  end if;
  v_refusal := private.refusal(v_tenant, v_user);
  if v_refusal = 'on_hold' and not private.runs_account(v_tenant, v_user) then
    return 'closed_by_hold';
  end if;
  if v_refusal in ('no_access', 'cancelled') then
    return v_refusal;
  end if;
  insert into private.tenant_sessions (session_id, tenant_id, user_id, ip, user_agent)
  values (v_session, v_tenant, v_user, left(p_ip, 64), left(p_user_agent, 300))
  on conflict (session_id) do nothing;
  if not found then
    return 'signed_out';
  end if;
  perform private.write_audit(v_tenant, 'sessions.started', v_session);
  return coalesce(v_refusal, 'ok');
end
$$;

create function public.enter_tenant(p_slug text, p_ip text, p_user_agent text) returns text
language sql volatile set search_path = '' as $$
  select private.enter_tenant(p_slug, p_ip, p_user_agent)
$$;

-- Everything a page needs to know about its caller, in one request: status, clinic, brand, user, role, permissions, plan, and how long the
-- session lasts. Whoever runs the account learns under a hold why, and what a page about the plan needs; a signed-out caller learns why a
-- session of theirs has ended. Posted and volatile, because it notes when the session was last seen and ends what has run out.
create function private.gate(p_slug text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_session private.tenant_sessions;
  v_tenant public.tenants;
  v_settings public.tenant_settings;
  v_clinic jsonb;
  v_refusal text;
begin
  select * into v_tenant from public.tenants where slug = p_slug;
  if v_tenant.id is null then
    return jsonb_build_object('status', 'unknown');
  end if;
  if v_tenant.status <> 'active' then
    return jsonb_build_object('status', 'cancelled');
  end if;
  select * into v_settings from public.tenant_settings where tenant_id = v_tenant.id;
  v_clinic := jsonb_build_object(
    'name', v_tenant.name, 'slug', v_tenant.slug, 'brand_color', v_settings.brand_color, 'logo_hash', v_settings.logo_hash);
  select * into v_session from private.tenant_sessions
  where session_id = private.session_id() and user_id = v_user and tenant_id = v_tenant.id;
  if private.session_runs_out(v_session) <= now() then
    perform private.end_sessions(array[v_session.session_id], 'sessions.run_out');
    return jsonb_build_object('status', 'signed_out', 'ended', 'time', 'clinic', v_clinic);
  end if;
  v_refusal := private.refusal(v_tenant.id, v_user);
  if v_session.session_id is null or v_session.ended_at is not null
    or not private.session_alive(v_session.session_id, v_user)
    or (v_refusal = 'on_hold' and not private.runs_account(v_tenant.id, v_user))
  then
    return jsonb_build_object(
      'status', 'signed_out',
      'ended', case when v_session.session_id is not null and v_refusal = 'on_hold' then 'hold' end,
      'clinic', v_clinic);
  end if;
  if v_refusal = 'no_access' then
    return jsonb_build_object('status', 'no_access', 'clinic', v_clinic);
  end if;
  -- Not activity: whoever does not prove it is out after the idle time.
  if v_session.aal <> 'aal2' and v_session.second_factor_due <= now() then
    return (
      select jsonb_build_object('status', 'second_factor', 'clinic', v_clinic, 'email', u.email, 'factor_id', s.factor_id)
      from auth.users u left join private.second_factors s on s.user_id = u.id and private.has_second_factor(u.id) where u.id = v_user);
  end if;
  update private.tenant_sessions set last_seen_at = now()
  where session_id = v_session.session_id and last_seen_at < now() - interval '1 minute';
  return (
    select jsonb_build_object(
      'status', coalesce(v_refusal, 'ok'),
      'session', private.session_state(),
      'second_factor', jsonb_build_object(
        'enabled', private.has_second_factor(v_user),
        'due', case when v_session.second_factor_due > now() then v_session.second_factor_due end),
      'holds', (
        select coalesce(jsonb_agg(jsonb_build_object('kind', h.kind, 'reason', h.reason, 'placed_at', h.placed_at) order by h.placed_at), '[]')
        from public.tenant_holds h where h.tenant_id = v_tenant.id and h.lifted_at is null),
      'clinic', v_clinic || jsonb_build_object(
        'id', v_tenant.id, 'time_zone', v_tenant.time_zone, 'currency', v_tenant.currency, 'locale', v_tenant.locale,
        'shard', v_tenant.shard),
      'user', jsonb_build_object(
        'id', v_user, 'email', u.email, 'full_name', p.full_name, 'email_verified', p.email_verified_at is not null),
      'role', jsonb_build_object('key', r.key, 'name', r.name),
      'permissions', (
        select coalesce(jsonb_agg(rp.permission order by rp.permission), '[]') from public.role_permissions rp
        where rp.tenant_id = v_tenant.id and rp.role_id = r.id),
      'plan', private.plan_facts(v_tenant.id),
      'usage', private.usage_facts(v_tenant.id))
    from public.memberships m
    join auth.users u on u.id = m.user_id
    join public.profiles p on p.user_id = m.user_id
    join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    where m.tenant_id = v_tenant.id and m.user_id = v_user
  );
end
$$;

-- Everything a page needs to know about its caller, in one request: status, clinic, brand, user, role, permissions, plan, and how long the
-- session lasts. Whoever runs the account learns under a hold why, and what a page about the plan needs; a signed-out caller learns why a
-- session of theirs has ended. Posted and volatile, because it notes when the session was last seen and ends what has run out.
create function public.gate(p_slug text) returns jsonb
language sql volatile set search_path = '' as $$
  select private.gate(p_slug)
$$;

-- Ends the caller's own session; false when there was none to end.
create function private.leave_tenant() returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant uuid;
begin
  update private.tenant_sessions set ended_at = now()
  where session_id = private.session_id() and user_id = auth.uid() and ended_at is null
  returning tenant_id into v_tenant;
  if v_tenant is null then
    return false;
  end if;
  perform private.write_audit(v_tenant, 'sessions.ended', private.session_id());
  return true;
end
$$;

create function public.leave_tenant() returns boolean
language sql volatile set search_path = '' as $$
  select private.leave_tenant()
$$;

-- When an open session of a clinic runs out without further activity; null when it has ended.
create function private.session_runs_out(p_session private.tenant_sessions) returns timestamptz
language sql stable security definer set search_path = '' as $$
  select least(
    p_session.last_seen_at + make_interval(mins => c.session_idle_minutes),
    p_session.created_at + make_interval(hours => c.session_hours))
  from public.tenant_settings c where c.tenant_id = p_session.tenant_id and p_session.ended_at is null
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

create function private.end_sessions_before_new_limits() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform private.end_run_out_sessions(old.tenant_id);
  return new;
end
$$;

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

create function public.list_own_clinics() returns jsonb
language sql stable set search_path = '' as $$ select private.list_own_clinics() $$;

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

create function public.may_switch_to(p_slug text) returns boolean
language sql volatile set search_path = '' as $$ select private.may_switch_to(p_slug) $$;

-- A session that was opened from another clinic's goes on with what was proven there.
create function private.keep_sign_in_time() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_origin private.switched_sessions;
begin
  delete from private.switched_sessions where session_id = new.session_id returning * into v_origin;
  new.created_at := coalesce(v_origin.proven_at, new.created_at);
  new.aal := coalesce(v_origin.aal, new.aal);
  new.proven_at := coalesce(v_origin.second_factor_at, new.proven_at);
  new.second_factor_due := private.second_factor_due(new.tenant_id, new.user_id);
  if v_origin.aal = 'aal2' then
    -- Auth ends sessions of the first level when a code is proven elsewhere.
    update auth.sessions set aal = 'aal2' where id = new.session_id;
  end if;
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
  insert into private.switched_sessions (session_id, proven_at, aal, second_factor_at)
  select p_session, created_at, aal, proven_at from private.tenant_sessions where session_id = p_origin;
  insert into private.handoff_codes (code_hash, tenant_id, payload) select decode(p_code_hash, 'hex'), id, p_payload from public.tenants where slug = p_slug;
$$;

create function public.issue_handoff(p_slug text, p_code_hash text, p_payload text, p_session uuid, p_origin uuid) returns void
language sql volatile set search_path = '' as $$ select private.issue_handoff(p_slug, p_code_hash, p_payload, p_session, p_origin) $$;

grant execute on function
  private.redeem_handoff(text, text), public.redeem_handoff(text, text),
  private.resolve_domain(text), public.resolve_domain(text),
  private.gate(text), public.gate(text),
  private.session_state(), public.session_state()
to anon, authenticated;

grant execute on function
  private.enter_tenant(text, text, text), public.enter_tenant(text, text, text),
  private.leave_tenant(), public.leave_tenant(),
  private.list_sessions(), public.list_sessions(),
  private.end_own_sessions(uuid), public.end_own_sessions(uuid),
  private.list_own_clinics(), public.list_own_clinics(),
  private.may_switch_to(text), public.may_switch_to(text)
to authenticated;

grant execute on function
  private.issue_handoff(text, text, text, uuid, uuid), public.issue_handoff(text, text, text, uuid, uuid)
to service_role;
