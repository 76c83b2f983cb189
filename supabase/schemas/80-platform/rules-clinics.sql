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

-- Fifty entries of a clinic's log, the newest first, before an id. Which record it was stays out: it could be a patient. What was refused
-- or failed must not read as done.
create function private.list_clinic_audit(p_tenant uuid, p_before bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  return (
    select coalesce(jsonb_agg(to_jsonb(x) order by x.id desc), '[]') from (
      select l.id, l.occurred_at, l.action, l.outcome, l.changed_fields, a.email as actor, d.user_id is not null as by_platform
      from public.audit_log l
      left join auth.users a on a.id = l.actor_id
      left join private.platform_admins d on d.user_id = l.actor_id
      where l.tenant_id = p_tenant and (p_before is null or l.id < p_before)
      order by l.id desc limit 50) as x
  );
end
$$;

-- Fifty entries of a clinic's log, the newest first, before an id. Which record it was stays out: it could be a patient. What was refused
-- or failed must not read as done.
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
        'start', b.start::date, 'sign_ups', count_in.n, 'clinics', count_until.n) order by b.start)
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

grant execute on function
  private.list_clinics(text, text, text, text, text, integer), public.list_clinics(text, text, text, text, text, integer),
  private.find_clinic(uuid), public.find_clinic(uuid),
  private.list_clinic_audit(uuid, bigint), public.list_clinic_audit(uuid, bigint),
  private.platform_totals(text), public.platform_totals(text),
  private.place_admin_hold(uuid, text), public.place_admin_hold(uuid, text),
  private.lift_admin_hold(uuid, text), public.lift_admin_hold(uuid, text)
to authenticated;
