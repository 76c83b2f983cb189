-- Under a hold nobody works: staff are out at once, whoever runs the account still reaches billing, the owner the export.
alter table public.tenant_holds
  add column lift_reason text check (lift_reason is null or (lifted_at is not null and char_length(lift_reason) between 1 and 500));

-- The clinic of the caller's live session, on hold or not. Null when there is none.
create function private.session_tenant_id() returns uuid
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
    and s.created_at > now() - make_interval(hours => c.session_hours);
  if v_tenant is null or not private.session_alive(v_session, v_user) then
    return null;
  end if;
  return v_tenant;
end
$$;

create or replace function private.current_tenant_id() returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.session_tenant_id();
begin
  if exists (select 1 from public.tenant_holds h where h.tenant_id = v_tenant and h.lifted_at is null) then
    return null;
  end if;
  return v_tenant;
end
$$;

-- Whether a member runs the clinic's account: such people are let in under a hold, to pay or to ask.
create function private.runs_account(p_tenant uuid, p_user uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select 1
    from public.memberships m
    join public.role_permissions rp on rp.tenant_id = m.tenant_id and rp.role_id = m.role_id and rp.permission = 'billing.update'
    where m.tenant_id = p_tenant and m.user_id = p_user and m.status = 'active')
$$;

-- What a new hold stops at once: the sessions of those who only work here, all of them where safety asks for it, and
-- imports that wait for their turn; those can be decided anew afterwards.
create function private.stop_work_under_hold() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform private.end_sessions(array(
    select s.session_id from private.tenant_sessions s
    where s.tenant_id = new.tenant_id and s.ended_at is null
      and (new.kind = 'security' or not private.runs_account(s.tenant_id, s.user_id))));
  -- One that is being written ends in its own time: a hold does not wait for it.
  update public.patient_imports set status = 'checked'
  where id in (select id from public.patient_imports where tenant_id = new.tenant_id and status = 'importing' for update skip locked);
  return null;
end
$$;
create trigger tenant_holds_stop_work after insert on public.tenant_holds
  for each row when (new.lifted_at is null) execute function private.stop_work_under_hold();

-- Why a hold was placed is for those who run the account, also when it is over.
alter policy tenant_holds_select on public.tenant_holds
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('billing.update')));
comment on policy tenant_holds_select on public.tenant_holds is 'Who runs the account sees past holds.';

create or replace function private.enter_tenant(p_slug text, p_ip text, p_user_agent text) returns text
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

-- Whoever runs the account learns under a hold why, and what a page about the plan needs. A signed-out caller learns
-- why a session of theirs has ended: by time, or by a hold.
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
  update private.tenant_sessions set last_seen_at = now()
  where session_id = v_session.session_id and last_seen_at < now() - interval '1 minute';
  return (
    select jsonb_build_object(
      'status', coalesce(v_refusal, 'ok'),
      'session', private.session_state(),
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

-- The clinic whose patients the caller may export: where the role allows it, and under a hold the owner's, unless the
-- hold is for safety: then somebody else may sit in the owner's chair. Until the address is confirmed nothing leaves.
create function private.export_tenant_id() returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.session_tenant_id();
begin
  if not (private.can('exports.create') and private.can('patients.read')) and not (
    private.current_tenant_id() is null
    and exists (
      select 1 from public.memberships m
      join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id and r.is_system and r.key = 'owner'
      where m.tenant_id = v_tenant and m.user_id = auth.uid())
    and not exists (select 1 from public.tenant_holds where tenant_id = v_tenant and kind = 'security' and lifted_at is null))
  then
    raise exception 'exporting is not allowed' using errcode = '42501';
  end if;
  if not exists (select 1 from public.profiles where user_id = auth.uid() and email_verified_at is not null) then
    raise exception 'the e-mail address is not confirmed' using errcode = 'YP002';
  end if;
  return v_tenant;
end
$$;

create or replace function private.start_patient_export() returns void
language sql volatile security definer set search_path = '' as $$
  select private.write_audit(private.export_tenant_id(), 'patients.exported', private.session_id())
$$;

-- The next portion of an export that this session has begun, by id. A definer, because under a hold policies show nothing:
-- it filters by itself.
create function private.export_patients(p_archived boolean, p_after uuid, p_limit integer) returns setof public.patients
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.export_tenant_id();
begin
  if not exists (
    select 1 from public.audit_log
    where tenant_id = v_tenant and record_id = private.session_id() and action = 'patients.exported'
      and occurred_at > now() - interval '1 hour')
  then
    raise exception 'no export has begun' using errcode = '42501';
  end if;
  return query
    select p.* from public.patients p
    where p.tenant_id = v_tenant and p.archived = p_archived and (p_after is null or p.id > p_after)
    order by p.id limit least(p_limit, 1000);
end
$$;
create or replace function public.export_patients(p_archived boolean, p_after uuid default null, p_limit integer default 1000) returns setof public.patients
language sql stable set search_path = '' as $$
  select * from private.export_patients(p_archived, p_after, p_limit)
$$;
grant execute on function private.export_patients(boolean, uuid, integer) to authenticated;
drop function private.assert_patient_export();

-- An owner under a hold may still confirm the address, which the export wants.
create or replace function private.resend_verification() returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.session_tenant_id();
begin
  if v_tenant is null or exists (select 1 from public.profiles where user_id = auth.uid() and email_verified_at is not null) then
    return false;
  end if;
  if private.take_rate_limit('verify-mail:' || auth.uid(), 3, 3600) > 0 then
    return false;
  end if;
  perform private.queue_mail('verify_email', v_tenant, auth.uid());
  return true;
end
$$;
