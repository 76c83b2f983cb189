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
grant execute on function private.resolve_domain(text), public.resolve_domain(text) to anon, authenticated;

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
  -- Under a hold the session binds too: it opens nothing but the page that says why.
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

-- Everything a page needs to know about its caller, in one request: status, clinic, user, role, permissions, plan.
-- Posted and volatile, because it notes when the session was last seen.
create function private.gate(p_slug text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_session constant uuid := private.session_id();
  v_tenant public.tenants;
  v_refusal text;
begin
  select * into v_tenant from public.tenants where slug = p_slug;
  if v_tenant.id is null then
    return jsonb_build_object('status', 'unknown');
  end if;
  if v_tenant.status <> 'active' then
    return jsonb_build_object('status', 'cancelled');
  end if;
  if v_user is null or v_session is null
    or not exists (
      select 1 from private.tenant_sessions s
      where s.session_id = v_session and s.user_id = v_user and s.tenant_id = v_tenant.id and s.ended_at is null)
    or not private.session_alive(v_session, v_user)
  then
    return jsonb_build_object('status', 'signed_out', 'clinic', jsonb_build_object('name', v_tenant.name, 'slug', v_tenant.slug));
  end if;
  v_refusal := private.refusal(v_tenant.id, v_user);
  if v_refusal is not null then
    return jsonb_build_object(
      'status', v_refusal,
      'clinic', jsonb_build_object('name', v_tenant.name, 'slug', v_tenant.slug),
      'holds', (
        select coalesce(jsonb_agg(h.kind order by h.placed_at), '[]') from public.tenant_holds h
        where h.tenant_id = v_tenant.id and h.lifted_at is null and v_refusal = 'on_hold'));
  end if;
  update private.tenant_sessions set last_seen_at = now()
  where session_id = v_session and last_seen_at < now() - interval '1 minute';
  return (
    select jsonb_build_object(
      'status', 'ok',
      'session_id', v_session,
      'clinic', jsonb_build_object(
        'id', v_tenant.id, 'name', v_tenant.name, 'slug', v_tenant.slug, 'time_zone', v_tenant.time_zone,
        'currency', v_tenant.currency, 'locale', v_tenant.locale, 'shard', v_tenant.shard),
      'user', jsonb_build_object(
        'id', v_user, 'email', u.email, 'full_name', p.full_name, 'email_verified', p.email_verified_at is not null),
      'role', jsonb_build_object('key', r.key, 'name', r.name),
      'permissions', (
        select coalesce(jsonb_agg(rp.permission order by rp.permission), '[]') from public.role_permissions rp
        where rp.tenant_id = v_tenant.id and rp.role_id = r.id),
      'plan', jsonb_build_object(
        'key', pl.key, 'name', pl.name, 'status', s.status, 'trial_ends_at', s.trial_ends_at,
        'features', (select coalesce(jsonb_agg(f.feature order by f.feature), '[]') from public.plan_features f where f.plan_id = pl.id)),
      'usage', (
        select jsonb_object_agg(c.metric, jsonb_build_object('used', c.used, 'limit', private.plan_limit(v_tenant.id, c.metric)))
        from public.usage_counters c where c.tenant_id = v_tenant.id and c.period = 'total'))
    from public.memberships m
    join auth.users u on u.id = m.user_id
    join public.profiles p on p.user_id = m.user_id
    join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    join public.tenant_subscriptions s on s.tenant_id = m.tenant_id
    join public.plans pl on pl.id = s.plan_id
    where m.tenant_id = v_tenant.id and m.user_id = v_user
  );
end
$$;
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

grant execute on function private.gate(text), public.gate(text) to anon, authenticated;
grant execute on function
  private.enter_tenant(text, text, text), public.enter_tenant(text, text, text),
  private.leave_tenant(), public.leave_tenant()
to authenticated;
