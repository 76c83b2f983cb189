-- What every page knows of the clinic's plan and of what is used of it, each in one place.

-- The plan as it counts now. `chosen` is what begins when the trial ends; `owed_until` is when an open payment leads to a hold.
create function private.plan_facts(p_tenant uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'key', p.key, 'name', p.name, 'status', s.status, 'trial_ends_at', s.trial_ends_at,
    'chosen', case when s.stripe_status = 'trialing' and s.ends_at is null then (select b.name from public.plans b where b.id = s.bought_plan_id) end,
    'owed_until', s.past_due_since + interval '336 hours',
    'features', private.features_of(p_tenant),
    -- What was granted or taken beside the plan: {feature: whether granted}.
    'overrides', (
      select coalesce(jsonb_object_agg(o.feature, o.granted), '{}') from public.feature_overrides o
      where o.tenant_id = p_tenant and (o.expires_at is null or o.expires_at > now())))
  from public.tenant_subscriptions s join public.plans p on p.id = s.plan_id
  where s.tenant_id = p_tenant
$$;

create or replace function private.gate(p_slug text) returns jsonb
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

