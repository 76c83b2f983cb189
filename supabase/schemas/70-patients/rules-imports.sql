-- Opens an import. What the same person left half-uploaded goes.
create function private.start_patient_import(p_file_name text, p_fields text[], p_date_order text) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.import');
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

-- Opens an import. What the same person left half-uploaded goes.
create function public.start_patient_import(p_file_name text, p_fields text[], p_date_order text) returns uuid
language sql volatile set search_path = '' as $$ select private.start_patient_import(p_file_name, p_fields, p_date_order) $$;

-- Stages rows of a file: [[line, [cell, …], problem or null], …]. Sending the same lines again changes nothing.
create function private.stage_patient_rows(p_import uuid, p_rows jsonb) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.import');
  v_total integer;
begin
  perform 1 from public.patient_imports
  where tenant_id = v_tenant and id = p_import and created_by = auth.uid() and status = 'uploading' for update;
  if not found then
    raise exception 'no such upload' using errcode = 'P0002';
  end if;
  with staged as (
    insert into private.patient_import_rows (tenant_id, import_id, line, cells, problem)
    select v_tenant, p_import, (r ->> 0)::integer, r -> 1, left(r ->> 2, 200) from jsonb_array_elements(p_rows) as r
    on conflict do nothing
    returning 1
  )
  update public.patient_imports set rows_total = rows_total + (select count(*) from staged)
  where tenant_id = v_tenant and id = p_import
  returning rows_total into v_total;
  return v_total;
end
$$;

-- The rows come as text: some gateways pass a JSON argument on as a JSON string.
create function public.stage_patient_rows(p_import uuid, p_rows text) returns integer
language sql volatile set search_path = '' as $$ select private.stage_patient_rows(p_import, p_rows::jsonb) $$;

-- Hands the staged rows to the job that checks them.
create function private.check_patient_import(p_import uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.import');
begin
  update public.patient_imports set status = 'checking'
  where tenant_id = v_tenant and id = p_import and created_by = auth.uid() and status = 'uploading' and rows_total > 0;
  if not found then
    raise exception 'no such upload' using errcode = 'P0002';
  end if;
  perform graphile_worker.add_job(
    'check_patient_import', json_build_object('importId', p_import), queue_name => 'import-' || v_tenant, max_attempts => 3);
end
$$;

create function public.check_patient_import(p_import uuid) returns void
language sql volatile set search_path = '' as $$ select private.check_patient_import(p_import) $$;

-- The person's decision: all valid rows, or none.
create function private.decide_patient_import(p_import uuid, p_accept boolean) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.import');
begin
  update public.patient_imports
  set status = case when p_accept then 'importing' else 'discarded' end, finished_at = case when p_accept then null else now() end,
    decided_by = auth.uid()
  where tenant_id = v_tenant and id = p_import
    and (status = 'checked' or (not p_accept and status = 'uploading'))
    and (not p_accept or rows_new + rows_known > 0);
  if not found then
    raise exception 'nothing to decide' using errcode = 'P0002';
  end if;
  perform private.write_audit(v_tenant, case when p_accept then 'patient_imports.accepted' else 'patient_imports.discarded' end, p_import);
  if p_accept then
    perform graphile_worker.add_job(
      'apply_patient_import', json_build_object('importId', p_import), queue_name => 'import-' || v_tenant, max_attempts => 3);
  else
    delete from private.patient_import_rows where tenant_id = v_tenant and import_id = p_import;
  end if;
end
$$;

create function public.decide_patient_import(p_import uuid, p_accept boolean) returns void
language sql volatile set search_path = '' as $$ select private.decide_patient_import(p_import, p_accept) $$;

-- Refused lines with what they held, after a line.
create function private.list_import_problems(p_import uuid, p_after integer, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.import');
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('line', line, 'problem', problem, 'cells', cells) order by line), '[]')
    from (
      select line, problem, cells from private.patient_import_rows
      where tenant_id = v_tenant and import_id = p_import and problem is not null and line > p_after
      order by line limit least(p_limit, 1000)
    ) as refused);
end
$$;

create function public.list_import_problems(p_import uuid, p_after integer default 0, p_limit integer default 50) returns jsonb
language sql stable set search_path = '' as $$ select private.list_import_problems(p_import, p_after, p_limit) $$;

-- Called by the job after each row was read: marks repeated ids, counts, and asks for the decision.
create function private.finish_import_check(p_import uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := (select tenant_id from public.patient_imports where id = p_import);
begin
  update private.patient_import_rows r
  set problem = format('External id: line %s has the same one.', d.first_line)
  from (
    select external_id, min(line) as first_line from private.patient_import_rows
    where tenant_id = v_tenant and import_id = p_import and problem is null and external_id is not null
    group by external_id having count(*) > 1
  ) as d
  where r.tenant_id = v_tenant and r.import_id = p_import and r.external_id = d.external_id and r.line > d.first_line
    and r.problem is null;

  -- Without an id nobody is recognised, but nobody is added a second time in silence either.
  update private.patient_import_rows r
  set problem = 'A patient of this name and birth date exists. An external id, here and there, would tell who is meant.'
  where r.tenant_id = v_tenant and r.import_id = p_import and r.problem is null and r.external_id is null
    and exists (
      select 1 from public.patients p
      where p.tenant_id = v_tenant and p.archived in (false, true)
        and p.name_key = private.fold((r.patient ->> 'family_name') || ' ' || (r.patient ->> 'given_name'))
        and p.birth_date = (r.patient ->> 'birth_date')::date);

  with named as materialized (
    select line, private.fold((patient ->> 'family_name') || ' ' || (patient ->> 'given_name')) as name_key, patient ->> 'birth_date' as birth_date
    from private.patient_import_rows
    where tenant_id = v_tenant and import_id = p_import and problem is null and external_id is null
  ),
  repeated as (
    select name_key, birth_date, min(line) as first_line from named group by 1, 2 having count(*) > 1
  )
  update private.patient_import_rows r
  set problem = format('Line %s has the same name and birth date. An external id for each would tell them apart.', d.first_line)
  from named n join repeated d on d.name_key = n.name_key and d.birth_date = n.birth_date and n.line > d.first_line
  where r.tenant_id = v_tenant and r.import_id = p_import and r.line = n.line;

  update public.patient_imports i
  set status = 'checked', rows_checked = c.total, rows_refused = c.refused, rows_known = c.known, rows_new = c.total - c.refused - c.known
  from (
    select count(*)::integer as total, (count(*) filter (where r.problem is not null))::integer as refused,
      (count(*) filter (where r.problem is null and p.id is not null))::integer as known
    from private.patient_import_rows r
    left join public.patients p on p.tenant_id = v_tenant and p.external_id = r.external_id
    where r.tenant_id = v_tenant and r.import_id = p_import
  ) as c
  where i.id = p_import and i.tenant_id = v_tenant and i.status = 'checking';
end
$$;

-- Writes every valid row by one statement, as the person who decided. Known external ids are updated, and only where something differs.
create function private.apply_patient_import(p_import uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_import public.patient_imports;
  v_changed text[];
  v_added integer;
  v_updated integer;
begin
  select * into v_import from public.patient_imports where id = p_import and status = 'importing' for update;
  if not found then
    return;
  end if;
  perform set_config('yourcrm.actor', v_import.decided_by::text, true);
  v_changed := array(select f from unnest(v_import.fields) as f where f <> 'external_id');
  execute format(
    'with written as (
       insert into public.patients (tenant_id, created_by, %1$s)
       select $1, $2, %2$s
       from private.patient_import_rows r, jsonb_populate_record(null::public.patients, r.patient) as p
       where r.tenant_id = $1 and r.import_id = $3 and r.problem is null
         -- Another import of the same people may have been accepted since the check.
         and (r.external_id is not null or not exists (
           select 1 from public.patients x
           where x.tenant_id = $1 and x.archived in (false, true) and x.birth_date = p.birth_date
             and x.name_key = private.fold(p.family_name || '' '' || p.given_name)))
       order by r.line
       on conflict (tenant_id, external_id) do update set %3$s
         where (%4$s) is distinct from (%5$s)
       returning (xmax = 0) as added
     )
     select (count(*) filter (where added))::integer, (count(*) filter (where not added))::integer from written',
    (select string_agg(quote_ident(f), ', ') from unnest(v_import.fields) as f),
    (select string_agg('p.' || quote_ident(f), ', ') from unnest(v_import.fields) as f),
    (select string_agg(format('%1$I = excluded.%1$I', f), ', ') from unnest(v_changed) as f),
    (select string_agg('patients.' || quote_ident(f), ', ') from unnest(v_changed) as f),
    (select string_agg('excluded.' || quote_ident(f), ', ') from unnest(v_changed) as f))
  into v_added, v_updated using v_import.tenant_id, v_import.decided_by, p_import;
  update public.patient_imports
  set status = 'done', rows_added = v_added, rows_updated = v_updated, finished_at = now()
  where id = p_import;
  delete from private.patient_import_rows where tenant_id = v_import.tenant_id and import_id = p_import and problem is null;
  perform private.write_audit(v_import.tenant_id, 'patient_imports.done', p_import);
end
$$;

-- Called by the jobs when they give up: nothing was written, and the staged rows go.
create function private.fail_patient_import(p_import uuid, p_problem text) returns void
language sql security definer set search_path = '' as $$
  with failed as (
    update public.patient_imports set status = 'failed', problem = p_problem, finished_at = now()
    where id = p_import and status in ('checking', 'importing')
    returning tenant_id, id
  )
  delete from private.patient_import_rows r using failed f where r.tenant_id = f.tenant_id and r.import_id = f.id;
$$;

-- A day after its beginning nothing of a file is kept, decided or not.
create function private.purge_patient_imports() returns void
language sql security definer set search_path = '' as $$
  delete from private.patient_import_rows r using public.patient_imports i
  where i.created_at < now() - interval '1 day' and r.tenant_id = i.tenant_id and r.import_id = i.id;
  update public.patient_imports
  set status = case when status in ('uploading', 'checked') then 'discarded' else 'failed' end,
    problem = case when status in ('uploading', 'checked') then null else 'internal' end, finished_at = now()
  where status in ('uploading', 'checking', 'checked', 'importing') and created_at < now() - interval '1 day';
$$;

grant execute on function
  private.start_patient_import(text, text[], text), public.start_patient_import(text, text[], text),
  private.stage_patient_rows(uuid, jsonb),
  private.check_patient_import(uuid), public.check_patient_import(uuid),
  private.decide_patient_import(uuid, boolean), public.decide_patient_import(uuid, boolean),
  private.list_import_problems(uuid, integer, integer), public.list_import_problems(uuid, integer, integer),
  public.stage_patient_rows(uuid, text)
to authenticated;
