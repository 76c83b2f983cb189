-- Notes an export in the log, or refuses it. Until the address is confirmed nothing leaves.
create function private.start_patient_export() returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.export_tenant_id();
begin
  perform private.assert_step_up();
  perform private.write_audit(v_tenant, 'patients.exported', private.session_id());
end
$$;

create function public.start_patient_export() returns void
language sql volatile set search_path = '' as $$ select private.start_patient_export() $$;

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

-- The next portion of an export that this session has begun, by id: one whose beginning was written, not refused. A definer, because under
-- a hold policies show nothing: it filters by itself.
create function private.export_patients(p_archived boolean, p_after uuid, p_limit integer) returns setof public.patients
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.export_tenant_id();
  v_patient public.patients;
begin
  if p_after is null then
    perform private.assert_step_up();
  end if;
  if not exists (
    select 1 from public.audit_log
    where tenant_id = v_tenant and record_id = private.session_id() and actor_id = auth.uid() and action = 'patients.exported'
      and outcome = 'done' and occurred_at > now() - interval '1 hour')
  then
    raise exception 'no export has begun' using errcode = '42501';
  end if;
  for v_patient in
    select p.* from public.patients p
    where p.tenant_id = v_tenant and p.archived = p_archived and (p_after is null or p.id > p_after)
    order by p.id limit least(p_limit, 1000)
  loop
    v_patient.mark_key := null;
    return next v_patient;
  end loop;
end
$$;

-- The next portion of an export that this session has begun, by id: one whose beginning was written, not refused. A definer, because under
-- a hold policies show nothing: it filters by itself.
create function public.export_patients(p_archived boolean, p_after uuid default null, p_limit integer default 1000) returns setof public.patients
language sql stable set search_path = '' as $$
  select * from private.export_patients(p_archived, p_after, p_limit)
$$;

grant execute on function
  private.start_patient_export(), public.start_patient_export(),
  private.export_patients(boolean, uuid, integer), public.export_patients(boolean, uuid, integer)
to authenticated;
