create function private.add_feature_use(p_tenant uuid, p_feature text, p_uses bigint) returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.feature_usage as u (tenant_id, feature, day, uses)
  select t.id, p_feature, (now() at time zone t.time_zone)::date, p_uses from public.tenants t where t.id = p_tenant
  on conflict (tenant_id, day, feature) do update set uses = u.uses + excluded.uses
$$;

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
  v_tenant constant uuid := private.require_tenant();
begin
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
  v_tenant constant uuid := private.require_tenant();
  v_today date;
  v_first date;
begin
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

grant execute on function
  private.usage_news(text), public.usage_news(text)
to service_role;
