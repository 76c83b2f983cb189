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
