-- Nobody is born after tomorrow (it is tomorrow somewhere).
alter table public.patients add constraint patients_birth_date_past check (birth_date <= current_date + 1) not valid;
alter table public.patients validate constraint patients_birth_date_past;

-- The clinic of the caller's session, for what they may do by one of the permissions; refused otherwise.
create function private.require_tenant(variadic p_any text[]) returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_permission text;
  v_tenant uuid;
begin
  foreach v_permission in array p_any loop
    v_tenant := private.permitted_tenant_id(v_permission);
    if v_tenant is not null then
      return v_tenant;
    end if;
  end loop;
  raise exception 'this is not allowed' using errcode = '42501';
end
$$;
grant execute on function private.require_tenant(text[]) to authenticated;

-- Whoever may not read a list hears so: nothing would look like none. The clinic stands in a variable, because a condition of a query
-- is not looked at where a table is empty.
create or replace function public.list_patients(
  p_search text default '', p_archived boolean default false, p_sort text default 'name', p_descending boolean default false,
  p_cursor uuid default null, p_backwards boolean default false, p_limit integer default 25
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.read');
  v_words constant text[] := private.search_words(coalesce(left(p_search, 200), ''));
  v_limit constant integer := least(greatest(p_limit, 1), 100);
  v_column constant text := case p_sort when 'name' then 'name_key' when 'birth_date' then 'birth_date' when 'updated' then 'updated_at' end;
  v_down constant boolean := p_descending <> p_backwards;
  v_matching text := '';
  v_after text := '';
  v_rows jsonb;
  v_total bigint;
  v_word text;
begin
  if v_column is null then
    raise exception 'unknown sort' using errcode = '22023';
  end if;
  foreach v_word in array v_words loop
    v_matching := v_matching || format(
      ' and p.id in (select w.patient_id from private.patient_words w where w.tenant_id = $1 and w.word >= %L and w.word < %L)',
      v_word, v_word || U&'\+10FFFF');
  end loop;
  if p_cursor is not null then
    v_after := format(
      ' and (p.%1$I, p.id) %2$s (select c.%1$I, c.id from public.patients c where c.tenant_id = $1 and c.id = $3)',
      v_column, case when v_down then '<' else '>' end);
  end if;
  execute format(
    'select coalesce(jsonb_agg(r order by r.position), ''[]'')
     from (
       select row_number() over () as position, q.* from (
         select p.id, p.given_name, p.family_name, p.birth_date, p.sex, p.mobile_phone, p.home_phone, p.email, p.external_id, p.updated_at
         from public.patients p
         where p.tenant_id = $1 and p.archived = $2 %1$s %2$s
         order by p.%3$I %4$s, p.id %4$s
         limit $4
       ) q
     ) r',
    v_matching, v_after, v_column, case when v_down then 'desc' else 'asc' end)
  into v_rows using v_tenant, p_archived, p_cursor, v_limit + 1;

  if cardinality(v_words) > 0 or p_archived then
    execute format(
      'select count(*) from (select 1 from public.patients p where p.tenant_id = $1 and p.archived = $2 %s limit 1001) capped', v_matching)
    into v_total using v_tenant, p_archived;
  else
    select used into v_total from public.usage_counters where tenant_id = v_tenant and metric = 'patients' and period = 'total';
  end if;

  return jsonb_build_object(
    'rows', case when p_backwards
      then (select coalesce(jsonb_agg(e - 'position' order by n desc), '[]') from jsonb_array_elements(v_rows) with ordinality as x (e, n) where n <= v_limit)
      else (select coalesce(jsonb_agg(e - 'position' order by n), '[]') from jsonb_array_elements(v_rows) with ordinality as x (e, n) where n <= v_limit)
    end,
    'has_more', jsonb_array_length(v_rows) > v_limit,
    'total', coalesce(v_total, 0)
  );
end
$$;

create or replace function private.list_roles() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('roles.read', 'team.read', 'team.invite', 'team.update');
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'id', r.id, 'name', r.name, 'is_system', r.is_system,
        'description', coalesce(s.description, r.description),
        'members', (select count(*) from public.memberships m where m.tenant_id = r.tenant_id and m.role_id = r.id),
        'invited', (select count(*) from public.invitations i where i.tenant_id = r.tenant_id and i.role_id = r.id and i.status = 'open'),
        'grantable', not (r.is_system and r.key = 'owner') and private.holds_role(r.tenant_id, r.id))
      order by s.position nulls last, lower(r.name)), '[]')
    from public.roles r
    left join public.system_roles s on r.is_system and s.key = r.key
    where r.tenant_id = v_tenant);
end
$$;

create or replace function private.list_invitations(p_search text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.read');
begin
  return (
    with found as (
      select v.id, v.email, r.name as role, p.full_name as invited_by, v.created_at, v.expires_at,
        case when v.status = 'open' and v.expires_at <= now() then 'expired' else v.status end as status
      from public.invitations v
      left join public.roles r on r.tenant_id = v.tenant_id and r.id = v.role_id
      left join public.profiles p on p.user_id = v.invited_by
      where v.tenant_id = v_tenant and position(lower(coalesce(p_search, '')) in v.email) > 0
    )
    select jsonb_build_object(
      'total', (select count(*) from found),
      'open', (select count(*) from found where status = 'open'),
      'rows', (
        select coalesce(jsonb_agg(f order by (f.status = 'open') desc, f.created_at desc, f.id), '[]')
        from (select * from found order by (status = 'open') desc, created_at desc, id limit 300) as f)));
end
$$;

create or replace function private.list_team(p_search text, p_role uuid, p_status text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.read');
begin
  return (
    with found as (
      select m.id, p.full_name, u.email, r.name as role, m.status, m.user_id = auth.uid() as is_self,
        (select max(s.last_seen_at) from private.tenant_sessions s where s.tenant_id = m.tenant_id and s.user_id = m.user_id) as last_seen_at,
        private.has_second_factor(m.user_id) as second_factor
      from public.memberships m
      join auth.users u on u.id = m.user_id
      join public.profiles p on p.user_id = m.user_id
      join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
      where m.tenant_id = v_tenant
        and (p_role is null or m.role_id = p_role)
        and (p_status is null or m.status = p_status)
        and position(private.fold(coalesce(p_search, '')) in private.fold(p.full_name || ' ' || u.email)) > 0
    )
    select jsonb_build_object(
      'total', (select count(*) from found),
      'rows', (select coalesce(jsonb_agg(f order by private.fold(f.full_name), f.id), '[]')
               from (select * from found order by private.fold(full_name), id limit 200) as f)));
end
$$;

create or replace function private.list_import_problems(p_import uuid, p_after integer, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.importing_tenant();
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
