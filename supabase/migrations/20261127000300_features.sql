-- Which features a clinic has: its plan's, and what the platform grants or takes beside it. And how often they are used.

create table public.feature_overrides (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  feature text not null check (feature ~ '^[a-z0-9_]{2,40}$'),
  granted boolean not null,
  reason text not null check (char_length(reason) between 5 and 500),
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, feature)
);
alter table public.feature_overrides enable row level security;
alter table public.feature_overrides force row level security;
grant select on public.feature_overrides to authenticated;
create policy feature_overrides_select on public.feature_overrides for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('billing.read')));
comment on policy feature_overrides_select on public.feature_overrides is 'Who sees the plan sees what was granted beside it.';
do $$ begin perform private.audit_table('public.feature_overrides'); end $$;

-- The features that a clinic has now, in order of their names.
create function private.features_of(p_tenant uuid) returns text[]
language sql stable security definer set search_path = '' as $$
  with own as (
    select feature, granted from public.feature_overrides where tenant_id = p_tenant and (expires_at is null or expires_at > now()))
  select array(
    select f.feature from public.tenant_subscriptions s join public.plan_features f on f.plan_id = s.plan_id
    where s.tenant_id = p_tenant and f.feature not in (select feature from own where not granted)
    union
    select feature from own where granted
    order by 1)
$$;
create or replace function private.has_feature(p_tenant uuid, p_feature text) returns boolean
language sql stable security definer set search_path = '' as $$ select p_feature = any(private.features_of(p_tenant)) $$;

-- Opens an import. What the same person left half-uploaded goes.
create or replace function private.start_patient_import(p_file_name text, p_fields text[], p_date_order text) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.importing_tenant();
  v_id uuid;
begin
  if not private.has_feature(v_tenant, 'import') then
    raise exception 'the plan has no import' using errcode = 'YQ002';
  end if;
  if (select count(distinct f) from unnest(p_fields) as f) < cardinality(p_fields) then
    raise exception 'a field is named twice' using errcode = '22023';
  end if;
  delete from public.patient_imports where tenant_id = v_tenant and created_by = auth.uid() and status = 'uploading';
  if (select count(*) from public.patient_imports where tenant_id = v_tenant and status in ('uploading', 'checking', 'checked', 'importing')) >= 5 then
    raise exception 'too many imports are open' using errcode = 'YP003';
  end if;
  insert into public.patient_imports (tenant_id, created_by, file_name, fields, date_order)
  values (v_tenant, auth.uid(), p_file_name, p_fields, p_date_order)
  returning id into v_id;
  perform private.write_audit(v_tenant, 'patient_imports.started', v_id);
  return v_id;
end
$$;

-- How often a clinic used a feature, by the days of its clock.
create table private.feature_usage (
  tenant_id uuid not null references public.tenants on delete cascade,
  feature text not null check (feature ~ '^[a-z0-9_]{2,40}$'),
  day date not null,
  uses bigint not null check (uses > 0),
  primary key (tenant_id, day, feature)
);
create index feature_usage_day_idx on private.feature_usage (day);
alter table private.feature_usage enable row level security;
alter table private.feature_usage force row level security;

create function private.add_feature_use(p_tenant uuid, p_feature text, p_uses bigint) returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.feature_usage as u (tenant_id, feature, day, uses)
  select t.id, p_feature, (now() at time zone t.time_zone)::date, p_uses from public.tenants t where t.id = p_tenant
  on conflict (tenant_id, day, feature) do update set uses = u.uses + excluded.uses
$$;

-- What in the log is the use of a feature, where somebody at work did it; of a change that of one field alone.
create table private.feature_actions (
  action text not null,
  field text,
  feature text not null,
  unique nulls not distinct (action, field)
);
alter table private.feature_actions enable row level security;
alter table private.feature_actions force row level security;
insert into private.feature_actions (action, field, feature) values
  ('patients.opened', null, 'patients'), ('patient_imports.started', null, 'import'), ('patients.exported', null, 'export'),
  ('audit_log.exported', null, 'audit_export'), ('roles.insert', null, 'custom_roles'), ('roles.update', null, 'custom_roles'),
  ('profiles.second_factor_added', null, 'mfa'), ('tenant_settings.update', 'brand_color', 'brand'),
  ('tenant_settings.update', 'logo_hash', 'brand');

create function private.count_logged_features() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform private.add_feature_use(x.tenant_id, x.feature, x.uses)
  from (
    select n.tenant_id, a.feature, count(*) as uses
    from new_rows n join private.feature_actions a on a.action = n.action and (a.field is null or a.field = any(n.changed_fields))
    where n.outcome = 'done' and n.session_id is not null group by 1, 2 order by 1, 2) as x;
  return null;
end
$$;
create trigger audit_log_count_features after insert on public.audit_log
  referencing new table as new_rows for each statement execute function private.count_logged_features();

-- Counts the use of a feature that leaves no line in the log, as a page reports it.
create function private.count_feature_use(p_feature text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.current_tenant_id();
begin
  if v_tenant is null then
    raise exception 'no clinic' using errcode = '42501';
  end if;
  if not private.has_feature(v_tenant, p_feature) then
    raise exception 'the plan has no such feature' using errcode = 'YQ002';
  end if;
  if private.take_rate_limit('feature-use:' || private.session_id(), 60, 60) > 0 then
    raise exception 'too many requests' using errcode = 'YR002';
  end if;
  perform private.add_feature_use(v_tenant, p_feature, 1);
end
$$;
create function public.count_feature_use(p_feature text) returns void
language sql volatile set search_path = '' as $$ select private.count_feature_use(p_feature) $$;

-- The counts of single days and hours, and who worked, are kept for as long as anybody asks for them.
create function private.purge_usage() returns void
language sql volatile security definer set search_path = '' as $$
  delete from public.usage_counters where period ~ 'T' and period < to_char(now() - interval '2 days', 'YYYY-MM-DD');
  -- The last of them says what a total was from then on.
  delete from public.usage_counters c
  where c.period ~ '^.{10}$' and c.period < to_char(now() - interval '400 days', 'YYYY-MM-DD') and exists (
    select 1 from public.usage_counters n
    where n.tenant_id = c.tenant_id and n.metric = c.metric and n.period ~ '^.{10}$' and n.period > c.period
      and n.period < to_char(now() - interval '400 days', 'YYYY-MM-DD'));
  delete from private.active_days where day < now() - interval '400 days';
  delete from private.feature_usage where day < now() - interval '400 days';
$$;

-- The days until today by the clinic's clock: counts, who worked, which features were used.
create function private.usage_history(p_days integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.current_tenant_id();
  v_today date;
  v_first date;
begin
  if v_tenant is null then
    raise exception 'no clinic' using errcode = '42501';
  end if;
  select (now() at time zone t.time_zone)::date into v_today from public.tenants t where t.id = v_tenant;
  v_first := v_today - least(greatest(p_days, 1), 366) + 1;
  return jsonb_build_object(
    'first', v_first, 'today', v_today,
    -- Of what has a total, also what it was before the first day.
    'days', (
      select coalesce(jsonb_agg(jsonb_build_object('metric', c.metric, 'day', c.period, 'used', c.used) order by c.metric, c.period), '[]')
      from public.usage_counters c join private.metrics m on m.metric = c.metric and m.counted
      where c.tenant_id = v_tenant and c.period ~ '^.{10}$' and c.period <= v_today::text and c.period >= coalesce(
        case when m.period = 'total' then (
          select max(b.period) from public.usage_counters b
          where b.tenant_id = v_tenant and b.metric = c.metric and b.period ~ '^.{10}$' and b.period < v_first::text) end, v_first::text)),
    'active', (
      select coalesce(jsonb_agg(jsonb_build_object('day', x.day, 'used', x.people) order by x.day), '[]')
      from (select day, count(*) as people from private.active_days where tenant_id = v_tenant and day between v_first and v_today group by 1) as x),
    'features', (
      select coalesce(jsonb_agg(jsonb_build_object('feature', x.feature, 'uses', x.uses) order by x.uses desc, x.feature), '[]')
      from (select feature, sum(uses) as uses from private.feature_usage where tenant_id = v_tenant and day between v_first and v_today group by 1) as x));
end
$$;
create function public.usage_history(p_days integer) returns jsonb
language sql stable set search_path = '' as $$ select private.usage_history(p_days) $$;

-- What changed for the clinics that somebody watches. `p_known` is {tenant: digest} as text, with what the caller knows; answered are
-- those that are otherwise now.
create function private.usage_news(p_known text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_object_agg(x.tenant, jsonb_build_object('digest', md5(x.usage::text), 'usage', x.usage)), '{}')
  from (select k.key as tenant, k.value as digest, private.usage_facts(k.key::uuid) as usage from json_each_text(p_known::json) as k
    -- Each clinic is looked up once.
    offset 0) as x
  where x.usage is not null and md5(x.usage::text) <> x.digest
$$;
create function public.usage_news(p_known text) returns jsonb
language sql stable set search_path = '' as $$ select private.usage_news(p_known) $$;

grant execute on function
  private.count_feature_use(text), public.count_feature_use(text),
  private.usage_history(integer), public.usage_history(integer)
to authenticated;
grant execute on function private.usage_news(text), public.usage_news(text) to service_role;

-- What the platform grants a clinic, beside what its plan has.
create function private.list_entitlements(p_tenant uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  return (
    select jsonb_build_object(
      'limits', (
        select jsonb_agg(jsonb_build_object(
          'metric', m.metric, 'period', m.period, 'used', case when m.counted then coalesce(c.used, 0) end,
          'limit', private.plan_limit(t.id, m.metric),
          'override', case when o.id is not null then jsonb_build_object(
            'limit', o.max_value, 'reason', o.reason, 'expires_at', o.expires_at, 'over', o.expires_at <= now()) end) order by m.position)
        from private.metrics m
        left join public.usage_counters c
          on c.tenant_id = t.id and c.metric = m.metric and c.period = private.usage_period(m.period, t.time_zone, now())
        left join public.limit_overrides o on o.tenant_id = t.id and o.metric = m.metric
        where m.limited),
      'features', to_jsonb(private.features_of(t.id)),
      'overrides', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'feature', o.feature, 'granted', o.granted, 'reason', o.reason, 'expires_at', o.expires_at, 'over', o.expires_at <= now())
          order by o.feature), '[]')
        from public.feature_overrides o where o.tenant_id = t.id))
    from public.tenants t where t.id = p_tenant);
end
$$;
create function public.list_entitlements(p_tenant uuid) returns jsonb
language sql stable set search_path = '' as $$ select private.list_entitlements(p_tenant) $$;

-- Grants a limit in place of the plan's, until a moment or for good; null is unlimited.
create function private.override_limit(p_tenant uuid, p_metric text, p_reason text, p_max bigint default null, p_expires_at timestamptz default null) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  if not exists (select 1 from private.metrics where metric = p_metric and limited) or p_expires_at <= now() then
    raise exception 'no such limit, or a moment that is past' using errcode = '22023';
  end if;
  insert into public.limit_overrides (tenant_id, metric, max_value, expires_at, reason)
  values (p_tenant, p_metric, p_max, p_expires_at, p_reason)
  on conflict (tenant_id, metric) do update
  set max_value = excluded.max_value, expires_at = excluded.expires_at, reason = excluded.reason, created_at = now();
end
$$;
create function public.override_limit(p_tenant uuid, p_metric text, p_reason text, p_max bigint default null, p_expires_at timestamptz default null) returns void
language sql volatile set search_path = '' as $$ select private.override_limit(p_tenant, p_metric, p_reason, p_max, p_expires_at) $$;

-- Grants a feature that the plan has not, or takes one that it has, until a moment or for good.
create function private.override_feature(p_tenant uuid, p_feature text, p_granted boolean, p_reason text, p_expires_at timestamptz default null) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  if not exists (select 1 from public.plan_features where feature = p_feature) or p_expires_at <= now() then
    raise exception 'no such feature, or a moment that is past' using errcode = '22023';
  end if;
  insert into public.feature_overrides (tenant_id, feature, granted, expires_at, reason)
  values (p_tenant, p_feature, p_granted, p_expires_at, p_reason)
  on conflict (tenant_id, feature) do update
  set granted = excluded.granted, expires_at = excluded.expires_at, reason = excluded.reason, created_at = now();
end
$$;
create function public.override_feature(p_tenant uuid, p_feature text, p_granted boolean, p_reason text, p_expires_at timestamptz default null) returns void
language sql volatile set search_path = '' as $$ select private.override_feature(p_tenant, p_feature, p_granted, p_reason, p_expires_at) $$;

-- Takes back what was granted or taken: the plan alone decides again. False when there is nothing to take back any more.
create function private.end_override(p_tenant uuid, p_key text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_limits integer;
  v_features integer;
begin
  perform private.assert_platform_admin();
  delete from public.limit_overrides where tenant_id = p_tenant and 'limit:' || metric = p_key;
  get diagnostics v_limits = row_count;
  delete from public.feature_overrides where tenant_id = p_tenant and 'feature:' || feature = p_key;
  get diagnostics v_features = row_count;
  return v_limits + v_features > 0;
end
$$;
create function public.end_override(p_tenant uuid, p_key text) returns boolean
language sql volatile set search_path = '' as $$ select private.end_override(p_tenant, p_key) $$;

grant execute on function
  private.list_entitlements(uuid), public.list_entitlements(uuid),
  private.override_limit(uuid, text, text, bigint, timestamptz), public.override_limit(uuid, text, text, bigint, timestamptz),
  private.override_feature(uuid, text, boolean, text, timestamptz), public.override_feature(uuid, text, boolean, text, timestamptz),
  private.end_override(uuid, text), public.end_override(uuid, text)
to authenticated;
