create policy usage_counters_select on public.usage_counters for select to authenticated
  using (tenant_id = (select private.current_tenant_id()));
comment on policy usage_counters_select on public.usage_counters is 'Every member sees how much of the plan is used.';

create policy limit_overrides_select on public.limit_overrides for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('billing.read')));
comment on policy limit_overrides_select on public.limit_overrides is 'Who sees the plan sees what was granted beside it.';

create policy feature_overrides_select on public.feature_overrides for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('billing.read')));
comment on policy feature_overrides_select on public.feature_overrides is 'Who sees the plan sees what was granted beside it.';

-- A clinic's limit as it is now; null means unlimited.
create function private.plan_limit(p_tenant uuid, p_metric text) returns bigint
language plpgsql stable security definer set search_path = '' as $$
begin
  return (select max_value from private.limits where tenant_id = p_tenant and metric = p_metric);
end
$$;

-- Moves a running total. The condition is re-checked under the row's lock, so parallel inserts never overshoot. What counts a table's
-- rows calls this by name.
create function private.move_total(p_tenant uuid, p_metric text, p_by bigint) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.take_usage(p_tenant, p_metric, p_by);
end
$$;

-- Each counted table has a function of its own: PostgreSQL keeps the plan of a fixed statement, and planned the one that
-- was put together at every insert anew.
create function private.limit_table(p_table regclass, p_metric text, p_counted text) returns void
language plpgsql set search_path = '' as $$
declare
  v_name constant text := (select relname from pg_catalog.pg_class where oid = p_table);
  v_body constant text :=
    'perform private.move_total(d.tenant_id, %1$L, d.n)
     from (select tenant_id, sum(n)::bigint as n from (%2$s) as sides group by 1 order by 1) as d;';
  v_new constant text := format('select tenant_id, count(*) filter (where %s) as n from new_rows group by 1', p_counted);
  v_old constant text := format('select tenant_id, -count(*) filter (where %s) as n from old_rows group by 1', p_counted);
begin
  execute format(
    'create or replace function private.%1$I() returns trigger
     language plpgsql security definer set search_path = '''' as $body$
     begin
       if tg_op = ''INSERT'' then
         %2$s
       elsif tg_op = ''DELETE'' then
         %3$s
       else
         %4$s
       end if;
       return null;
     end
     $body$',
    'count_' || v_name,
    format(v_body, p_metric, v_new), format(v_body, p_metric, v_old), format(v_body, p_metric, v_new || ' union all ' || v_old));
  execute format('create or replace trigger %I after insert on %s referencing new table as new_rows for each statement execute function private.%I()', v_name || '_total_insert', p_table, 'count_' || v_name);
  execute format('create or replace trigger %I after update on %s referencing old table as old_rows new table as new_rows for each statement execute function private.%I()', v_name || '_total_update', p_table, 'count_' || v_name);
  execute format('create or replace trigger %I after delete on %s referencing old table as old_rows for each statement execute function private.%I()', v_name || '_total_delete', p_table, 'count_' || v_name);
end
$$;

-- Whether the clinic's plan includes a feature.
create function private.has_feature(p_tenant uuid, p_feature text) returns boolean
language sql stable security definer set search_path = '' as $$ select p_feature = any(private.features_of(p_tenant)) $$;

-- The period that a moment belongs to, by the clinic's clock: a month as 2026-11, a day as 2026-11-22. Hours are UTC's, which never
-- repeat: 2026-11-22T07.
create function private.usage_period(p_period text, p_zone text, p_at timestamptz) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case p_period
    when 'total' then 'total'
    when 'month' then to_char(p_at at time zone p_zone, 'YYYY-MM')
    when 'day' then to_char(p_at at time zone p_zone, 'YYYY-MM-DD')
    when 'hour' then to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24')
  end;
end
$$;
comment on function private.usage_period(text, text, timestamptz) is
  'plpgsql on purpose, as everything that a count calls: PostgreSQL plans functions in SQL anew at each call.';

-- The limit that counts of those that a clinic could have; null means unlimited. A plan that says nothing about a limited metric gives
-- none of it.
create function private.choose_limit(
  p_limited boolean, p_override public.limit_overrides, p_planned public.plan_limits, p_in_trial boolean, p_trial bigint) returns bigint
language plpgsql immutable set search_path = '' as $$
begin
  return case
    when not p_limited then null
    when p_override.id is not null then p_override.max_value
    when p_planned.plan_id is null then 0
    when p_in_trial then least(p_planned.max_value, p_trial)
    else p_planned.max_value
  end;
end
$$;

-- Every clinic's limits as they are now, with the period by which each is counted.
create view private.limits with (security_invoker = true) as
select
  t.id as tenant_id, t.time_zone, m.metric, m.period, m.counted,
  private.choose_limit(m.limited, o, l, s.status = 'trialing', r.max_value) as max_value
from public.tenants t
join public.tenant_subscriptions s on s.tenant_id = t.id
cross join private.metrics m
left join public.limit_overrides o on o.tenant_id = t.id and o.metric = m.metric and (o.expires_at is null or o.expires_at > now())
left join public.plan_limits l on l.plan_id = s.plan_id and l.metric = m.metric
left join private.trial_limits r on r.metric = m.metric;

-- What a clinic has more of than a plan allows: [{metric, used, limit}]. What is counted by the month begins anew anyway.
create function private.over_limits(p_tenant uuid, p_plan uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('metric', x.metric, 'used', x.used, 'limit', x.max_value) order by x.metric), '[]')
  from (
    select c.metric, c.used, private.choose_limit(m.limited, o, l, false, null) as max_value
    from public.usage_counters c
    join private.metrics m on m.metric = c.metric
    left join public.limit_overrides o on o.tenant_id = p_tenant and o.metric = c.metric and (o.expires_at is null or o.expires_at > now())
    left join public.plan_limits l on l.plan_id = p_plan and l.metric = c.metric
    where c.tenant_id = p_tenant and c.period = 'total') as x
  where x.used > x.max_value
$$;

-- The threshold that a use has come to, in per cent of its limit.
create function private.usage_level(p_used bigint, p_limit bigint) returns smallint
language plpgsql immutable set search_path = '' as $$
begin
  return case when p_limit is null or p_limit = 0 then 0 when p_used >= p_limit then 100 when p_used * 10 >= p_limit * 8 then 80 else 0 end;
end
$$;

-- Whether a use is so far below the first threshold that coming to it again is news: one who leaves and comes back is none.
create function private.usage_rearms(p_used bigint, p_limit bigint) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return p_limit is null or (p_used * 10 < p_limit * 7 and p_used + 2 <= ceil(p_limit * 0.8));
end
$$;

-- Counts a use, or gives one back, in the transaction of what it counts; refuses what goes over the limit. The counter's lock is taken
-- before the limit is read, so that neither parallel uses nor a smaller plan that comes in between let one through.
create function private.take_usage(p_tenant uuid, p_metric text, p_by bigint, p_at timestamptz default now()) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_kind text;
  v_period text;
  v_was public.usage_counters;
  v_limit bigint;
  v_zone text;
  v_used bigint;
  v_told smallint;
  v_level smallint;
  v_day text;
  v_rows integer;
begin
  if p_by = 0 or p_by is null then
    return;
  end if;
  select period into v_kind from private.metrics where metric = p_metric;
  select case v_kind when 'total' then 'total' else private.usage_period(v_kind, t.time_zone, p_at) end into v_period
  from public.tenants t where t.id = p_tenant;
  if not found then
    -- The clinic itself is being deleted, and its counters with it.
    return;
  end if;
  select * into v_was from public.usage_counters where tenant_id = p_tenant and metric = p_metric and period = v_period for update;
  if not found then
    insert into public.usage_counters (tenant_id, metric, period) values (p_tenant, p_metric, v_period) on conflict do nothing;
    select * into v_was from public.usage_counters where tenant_id = p_tenant and metric = p_metric and period = v_period for update;
  end if;
  select max_value, time_zone into v_limit, v_zone from private.limits where tenant_id = p_tenant and metric = p_metric;
  -- What was counted in a period that another time zone calls otherwise must not keep anything from being given back.
  v_used := greatest(v_was.used + p_by, 0);
  if p_by > 0 and v_used > v_limit then
    raise exception 'quota exceeded' using errcode = 'YQ001',
      detail = json_build_object('metric', p_metric, 'limit', v_limit, 'used', v_was.used)::text;
  end if;
  -- Told once for each threshold; told again only after the use was well below it, or the limit well above.
  v_told := case when private.usage_rearms(v_was.used, v_limit) then 0 else v_was.warned end;
  v_level := private.usage_level(v_used, v_limit);
  -- Of a total the day on which it is written, not the one on which the wait for the lock began.
  v_day := private.usage_period('day', v_zone, case v_kind when 'total' then clock_timestamp() else p_at end);
  update public.usage_counters c
  set used = case when c.period = v_period or v_kind = 'total' then v_used else greatest(c.used + p_by, 0) end,
    warned = case
      when c.period <> v_period or private.usage_rearms(v_used, v_limit) then 0
      when p_by > 0 then greatest(v_told, v_level)
      else v_told
    end
  where tenant_id = p_tenant and metric = p_metric and period in (v_period, v_day);
  get diagnostics v_rows = row_count;
  if v_rows < 2 then
    insert into public.usage_counters as c (tenant_id, metric, period, used)
    values (p_tenant, p_metric, v_day, case when v_kind = 'total' then v_used else greatest(p_by, 0) end)
    on conflict (tenant_id, metric, period) do update set used = greatest(c.used + p_by, 0);
  end if;
  if p_by > 0 and v_level > v_told then
    perform private.notify_billing(
      p_tenant, case when v_level = 100 then 'limit_reached' else 'limit_near' end, clock_timestamp(),
      jsonb_build_object('metric', p_metric, 'used', v_used, 'limit', v_limit));
  end if;
end
$$;

-- What is used of what the clinic may: {metric: {used, limit, period}}, in the period that runs now.
create function private.usage_facts(p_tenant uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  return (
    select jsonb_object_agg(l.metric, jsonb_build_object('used', coalesce(c.used, 0), 'limit', l.max_value, 'period', l.period))
    from private.limits l
    left join public.usage_counters c
      on c.tenant_id = l.tenant_id and c.metric = l.metric and c.period = private.usage_period(l.period, l.time_zone, now())
    where l.tenant_id = p_tenant and l.counted);
end
$$;

-- What the clinic of an address uses, for any of its members: {tenant_id, session_id, usage, digest}, and null for everybody else. Asking
-- is no activity of the session.
create function private.current_usage(p_slug text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := (select id from public.tenants where id = private.current_tenant_id() and slug = p_slug);
  v_usage constant jsonb := private.usage_facts(v_tenant);
begin
  return case when v_usage is not null then jsonb_build_object(
    'tenant_id', v_tenant, 'session_id', private.session_id(), 'usage', v_usage, 'digest', md5(v_usage::text)) end;
end
$$;

create function public.current_usage(p_slug text) returns jsonb
language sql stable set search_path = '' as $$ select private.current_usage(p_slug) $$;

-- Whether as much more of a metric is allowed: {metric, period, used, limit, amount, allowed}. Only doing it decides for good.
create function private.check_limit(p_metric text, p_amount bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant();
begin
  return (
    select jsonb_build_object(
      'metric', l.metric, 'period', l.period, 'used', coalesce(c.used, 0), 'limit', l.max_value, 'amount', p_amount,
      'allowed', l.max_value is null or coalesce(c.used, 0) + p_amount <= l.max_value)
    from private.limits l
    left join public.usage_counters c
      on c.tenant_id = l.tenant_id and c.metric = l.metric and c.period = private.usage_period(l.period, l.time_zone, now())
    where l.tenant_id = v_tenant and l.metric = p_metric);
end
$$;

create function public.check_limit(p_metric text, p_amount bigint) returns jsonb
language sql stable set search_path = '' as $$ select private.check_limit(p_metric, p_amount) $$;

-- A session shows that it is used when it begins, and once a minute while it is.
create function private.note_active_day() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.active_days (tenant_id, day, user_id)
  select t.id, (new.last_seen_at at time zone t.time_zone)::date, new.user_id from public.tenants t where t.id = new.tenant_id
  on conflict do nothing;
  return null;
end
$$;

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

-- The plan as it counts now. `chosen` is what begins when the trial ends; `owed_until` is when an open payment leads to a hold.
create function private.plan_facts(p_tenant uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'key', p.key, 'name', p.name, 'status', s.status, 'trial_ends_at', s.trial_ends_at,
    'chosen', case when s.stripe_status = 'trialing' and s.ends_at is null then (select b.name from public.plans b where b.id = s.bought_plan_id) end,
    'owed_until', s.past_due_since + private.payment_grace(),
    'features', private.features_of(p_tenant),
    -- What was granted or taken beside the plan: {feature: whether granted}.
    'overrides', (
      select coalesce(jsonb_object_agg(o.feature, o.granted), '{}') from public.feature_overrides o
      where o.tenant_id = p_tenant and (o.expires_at is null or o.expires_at > now())))
  from public.tenant_subscriptions s join public.plans p on p.id = s.plan_id
  where s.tenant_id = p_tenant
$$;

grant execute on function
  private.current_usage(text), public.current_usage(text),
  private.check_limit(text, bigint), public.check_limit(text, bigint)
to authenticated;

do $$
begin
  perform private.audit_table('public.limit_overrides');
  perform private.audit_table('public.feature_overrides');
end
$$;
