-- Who runs the platform. Such an account proves a second factor, works in sessions of its own, and sees no patient.
create table private.platform_admins (
  user_id uuid primary key references auth.users on delete cascade,
  -- The authenticator that was proven with the link; until then only the link opens, and no other ever counts.
  factor_id uuid,
  created_at timestamptz not null default now(),
  -- Rows stay, so that the logs keep telling who was one.
  removed_at timestamptz
);
create table private.platform_invites (
  user_id uuid primary key references private.platform_admins on delete cascade,
  token_hash bytea not null unique,
  expires_at timestamptz not null
);
-- Like the clinics' sessions: one row binds one Auth session, for ever.
create table private.platform_sessions (
  session_id uuid primary key,
  user_id uuid not null references private.platform_admins on delete cascade,
  ip text,
  user_agent text,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  ended_at timestamptz
);
create index platform_sessions_user_idx on private.platform_sessions (user_id);
alter table private.platform_admins enable row level security;
alter table private.platform_admins force row level security;
alter table private.platform_invites enable row level security;
alter table private.platform_invites force row level security;
alter table private.platform_sessions enable row level security;
alter table private.platform_sessions force row level security;

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
grant execute on function private.open_platform_invite(text), public.open_platform_invite(text) to service_role;

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
grant execute on function private.enter_platform(uuid, text, text, text), public.enter_platform(uuid, text, text, text) to service_role;

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

-- A page of 25 clinics. `p_hold` is a kind, 'open' for any of them, or 'none'; `p_sort` is newest, oldest, name, people or patients.
create function private.list_clinics(p_search text, p_status text, p_plan text, p_hold text, p_sort text, p_page integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_search constant text := '%' || regexp_replace(private.fold(btrim(coalesce(p_search, ''))), '([\\%_])', '\\\1', 'g') || '%';
begin
  perform private.assert_platform_admin();
  return (
    with clinics as materialized (
      select t.id, t.slug, t.name, t.created_at, pl.name as plan,
        case when t.status = 'cancelled' then t.status else s.status end as status, s.trial_ends_at,
        coalesce(u.used, 0) as people, coalesce(p.used, 0) as patients,
        array(select h.kind from public.tenant_holds h where h.tenant_id = t.id and h.lifted_at is null order by h.placed_at) as holds
      from public.tenants t
      join public.tenant_subscriptions s on s.tenant_id = t.id
      join public.plans pl on pl.id = s.plan_id
      left join public.usage_counters u on u.tenant_id = t.id and u.metric = 'users' and u.period = 'total'
      left join public.usage_counters p on p.tenant_id = t.id and p.metric = 'patients' and p.period = 'total'
      where (p_plan is null or pl.key = p_plan)
        and (private.fold(t.name) like v_search or t.slug like v_search or exists (
          select 1 from public.memberships m join auth.users a on a.id = m.user_id
          where m.tenant_id = t.id and lower(a.email) like v_search))
    ), found as (
      select * from clinics
      where (p_status is null or status = p_status)
        and (p_hold is null or (p_hold = 'none') = (holds = '{}') and (p_hold in ('none', 'open') or p_hold = any(holds)))
    ), page as (
      select * from found
      order by
        case when p_sort = 'people' then people when p_sort = 'patients' then patients end desc,
        case when p_sort = 'name' then private.fold(name) end,
        case when p_sort = 'oldest' then created_at end,
        created_at desc, id
      limit 25 offset 25 * (greatest(p_page, 1) - 1)
    )
    select jsonb_build_object(
      'total', (select count(*) from found),
      'rows', (select coalesce(jsonb_agg(to_jsonb(page)), '[]') from page))
  );
end
$$;
create function public.list_clinics(
  p_search text default null, p_status text default null, p_plan text default null, p_hold text default null,
  p_sort text default 'newest', p_page integer default 1) returns jsonb
language sql stable set search_path = '' as $$ select private.list_clinics(p_search, p_status, p_plan, p_hold, p_sort, p_page) $$;

-- One clinic as the platform sees it, without a patient. Looking is noted in the clinic's own log, once for a session
-- and quarter of an hour. Null when there is none.
create function private.find_clinic(p_tenant uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  if not exists (select 1 from public.tenants where id = p_tenant) then
    return null;
  end if;
  if not exists (
    select 1 from public.audit_log
    where tenant_id = p_tenant and record_id = private.session_id() and action = 'tenants.viewed_by_platform'
      and occurred_at > now() - interval '15 minutes')
  then
    perform private.write_audit(p_tenant, 'tenants.viewed_by_platform', private.session_id());
  end if;
  return (
    select jsonb_build_object(
      'id', t.id, 'slug', t.slug, 'name', t.name, 'created_at', t.created_at, 'time_zone', t.time_zone, 'currency', t.currency,
      'locale', t.locale, 'contact_email', c.contact_email,
      'status', case when t.status = 'cancelled' then t.status else s.status end,
      'plan', pl.name, 'trial_ends_at', s.trial_ends_at,
      'usage', (
        select coalesce(jsonb_agg(jsonb_build_object('metric', u.metric, 'used', u.used, 'limit', private.plan_limit(t.id, u.metric)) order by u.metric), '[]')
        from public.usage_counters u where u.tenant_id = t.id and u.period = 'total'),
      'members', (
        select coalesce(jsonb_agg(to_jsonb(x) order by x.joined_at, x.email), '[]') from (
          select a.email, p.full_name, r.name as role, m.status, p.email_verified_at is not null as verified, m.created_at as joined_at,
            (select max(z.last_seen_at) from private.tenant_sessions z where z.tenant_id = m.tenant_id and z.user_id = m.user_id) as last_seen_at
          from public.memberships m
          join auth.users a on a.id = m.user_id
          join public.profiles p on p.user_id = m.user_id
          join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
          where m.tenant_id = t.id
          order by m.created_at limit 200) as x),
      'members_total', (select count(*) from public.memberships m where m.tenant_id = t.id),
      'holds', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'id', h.id, 'kind', h.kind, 'reason', h.reason, 'placed_at', h.placed_at, 'lifted_at', h.lifted_at,
          'lift_reason', h.lift_reason) order by h.lifted_at is not null, h.placed_at desc), '[]')
        from public.tenant_holds h where h.tenant_id = t.id),
      'domains', (
        select coalesce(jsonb_agg(jsonb_build_object('host', d.host, 'verified_at', d.verified_at) order by d.host), '[]')
        from public.tenant_domains d where d.tenant_id = t.id),
      'agreements', (
        select coalesce(jsonb_agg(jsonb_build_object('document', g.document, 'version', g.document_version, 'accepted_at', g.accepted_at)
          order by g.accepted_at, g.document), '[]')
        from public.tenant_agreements g where g.tenant_id = t.id))
    from public.tenants t
    join public.tenant_settings c on c.tenant_id = t.id
    join public.tenant_subscriptions s on s.tenant_id = t.id
    join public.plans pl on pl.id = s.plan_id
    where t.id = p_tenant
  );
end
$$;
create function public.find_clinic(p_tenant uuid) returns jsonb
language sql volatile set search_path = '' as $$ select private.find_clinic(p_tenant) $$;

-- Fifty entries of a clinic's log, the newest first, before an id. Which record it was stays out: it could be a patient.
create function private.list_clinic_audit(p_tenant uuid, p_before bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  return (
    select coalesce(jsonb_agg(to_jsonb(x) order by x.id desc), '[]') from (
      select l.id, l.occurred_at, l.action, l.changed_fields, a.email as actor, d.user_id is not null as by_platform
      from public.audit_log l
      left join auth.users a on a.id = l.actor_id
      left join private.platform_admins d on d.user_id = l.actor_id
      where l.tenant_id = p_tenant and (p_before is null or l.id < p_before)
      order by l.id desc limit 50) as x
  );
end
$$;
create function public.list_clinic_audit(p_tenant uuid, p_before bigint default null) returns jsonb
language sql stable set search_path = '' as $$ select private.list_clinic_audit(p_tenant, p_before) $$;

-- Totals of today, and clinics over time: 30 days, 12 weeks or 12 months, in UTC.
create function private.platform_totals(p_period text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_step constant interval := ('1 ' || p_period)::interval;
  v_last constant timestamp := date_trunc(p_period, now() at time zone 'UTC');
begin
  perform private.assert_platform_admin();
  return jsonb_build_object(
    'clinics', (select count(*) from public.tenants),
    'on_hold', (select count(distinct h.tenant_id) from public.tenant_holds h where h.lifted_at is null),
    'by_status', (
      select coalesce(jsonb_object_agg(x.status, x.n), '{}') from (
        select case when t.status = 'cancelled' then t.status else s.status end as status, count(*) as n
        from public.tenants t join public.tenant_subscriptions s on s.tenant_id = t.id group by 1) as x),
    'by_plan', (
      select coalesce(jsonb_agg(jsonb_build_object('plan', x.name, 'clinics', x.n) order by x.sort), '[]') from (
        select min(pl.name) as name, min(pl.position) as sort, count(*) as n
        from public.tenant_subscriptions s
        join public.plans pl on pl.id = s.plan_id group by pl.key) as x),
    'people', (select coalesce(sum(u.used), 0) from public.usage_counters u where u.metric = 'users' and u.period = 'total'),
    'over_time', (
      select jsonb_agg(jsonb_build_object(
        'start', b.start, 'sign_ups', count_in.n, 'clinics', count_until.n) order by b.start)
      from generate_series(v_last - v_step * (case p_period when 'day' then 29 else 11 end), v_last, v_step) as b (start),
        lateral (select count(*) as n from public.tenants where created_at >= b.start at time zone 'UTC' and created_at < (b.start + v_step) at time zone 'UTC') as count_in,
        lateral (select count(*) as n from public.tenants where created_at < (b.start + v_step) at time zone 'UTC') as count_until));
end
$$;
create function public.platform_totals(p_period text default 'day') returns jsonb
language sql stable set search_path = '' as $$ select private.platform_totals(p_period) $$;

create function private.place_admin_hold(p_tenant uuid, p_reason text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  if not exists (select 1 from public.tenants where id = p_tenant and status = 'active') then
    raise exception 'no such clinic' using errcode = 'P0002';
  end if;
  insert into public.tenant_holds (tenant_id, kind, reason) values (p_tenant, 'admin', p_reason);
end
$$;
create function public.place_admin_hold(p_tenant uuid, p_reason text) returns void
language sql volatile set search_path = '' as $$ select private.place_admin_hold(p_tenant, p_reason) $$;

create function private.lift_admin_hold(p_tenant uuid, p_reason text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  if btrim(coalesce(p_reason, '')) = '' then
    raise exception 'a reason is needed' using errcode = '22023';
  end if;
  update public.tenant_holds set lifted_at = now(), lift_reason = p_reason
  where tenant_id = p_tenant and kind = 'admin' and lifted_at is null;
  if not found then
    raise exception 'no such hold' using errcode = 'P0002';
  end if;
end
$$;
create function public.lift_admin_hold(p_tenant uuid, p_reason text) returns void
language sql volatile set search_path = '' as $$ select private.lift_admin_hold(p_tenant, p_reason) $$;

-- An administrator's account belongs to no clinic and has no profile, yet it is claimed.
create or replace function private.delete_unclaimed_account(p_email text) returns void
language sql security definer set search_path = '' as $$
  delete from auth.users u
  where lower(u.email) = p_email
    and not exists (select 1 from public.profiles p where p.user_id = u.id)
    and not exists (select 1 from private.platform_admins a where a.user_id = u.id)
    and not exists (
      select 1 from private.signup_reservations r where r.email = p_email and r.tenant_id is null and r.expires_at > now()
    )
$$;

-- Clinics know no second factors yet: one on a clinic's account was set up past the product, and Auth would refuse every
-- new password for it. Whoever holds the mailed link starts without it, and without sessions of before.
create or replace function private.redeem_password_reset(p_token text) returns text
language plpgsql security definer set search_path = '' as $$
declare
  v_user uuid;
begin
  delete from private.password_resets
  where token_hash = sha256(convert_to(p_token, 'UTF8')) and expires_at > now()
  returning user_id into v_user;
  delete from auth.mfa_factors where user_id = v_user;
  delete from auth.sessions where user_id = v_user;
  return (select email from auth.users where id = v_user);
end
$$;

-- Signed-out callers may ask the gate; it tells them so.
grant execute on function private.platform_gate(), public.platform_gate() to anon, authenticated;
grant execute on function
  private.leave_platform(), public.leave_platform(),
  private.list_clinics(text, text, text, text, text, integer), public.list_clinics(text, text, text, text, text, integer),
  private.find_clinic(uuid), public.find_clinic(uuid),
  private.list_clinic_audit(uuid, bigint), public.list_clinic_audit(uuid, bigint),
  private.platform_totals(text), public.platform_totals(text),
  private.place_admin_hold(uuid, text), public.place_admin_hold(uuid, text),
  private.lift_admin_hold(uuid, text), public.lift_admin_hold(uuid, text)
to authenticated;

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

create or replace function private.purge_expired() returns void
language sql security definer set search_path = '' as $$
  delete from private.rate_limits where resets_at < now();
  delete from private.handoff_codes where expires_at < now();
  delete from private.email_verifications where expires_at < now();
  delete from private.password_resets where expires_at < now();
  delete from private.platform_invites where expires_at < now();
  delete from private.signup_reservations where tenant_id is not null and expires_at < now();
  delete from private.reserved_names where until < now();
  select private.end_run_out_sessions();
  with ended as (
    update private.platform_sessions s set ended_at = now() where private.platform_session_runs_out(s) <= now() returning s.session_id
  )
  delete from auth.sessions x using ended where x.id = ended.session_id;
$$;
