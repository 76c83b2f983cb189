-- A policy asks once: one lookup answers who calls, in which clinic, and whether the role allows it.

-- The clinic of the caller's live session. Null when there is none, while it is on hold (unless p_even_on_hold), and
-- when a permission is asked for that the caller's role does not hold. Policies call this, and not a shorter name for it:
-- another function in between costs half as much again.
create function private.permitted_tenant_id(p_permission text default null, p_even_on_hold boolean default false) returns uuid
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
  join auth.sessions a on a.id = s.session_id and a.user_id = s.user_id and (a.not_after is null or a.not_after > now())
  join public.memberships m on m.tenant_id = s.tenant_id and m.user_id = s.user_id and m.status = 'active'
  join public.tenants t on t.id = s.tenant_id and t.status = 'active'
  join public.tenant_settings c on c.tenant_id = s.tenant_id
  left join public.profiles p on p.user_id = s.user_id
  where s.session_id = v_session
    and s.user_id = v_user
    and s.ended_at is null
    and s.last_seen_at > now() - make_interval(mins => c.session_idle_minutes)
    and s.created_at > now() - make_interval(hours => c.session_hours)
    and a.created_at > coalesce(p.sessions_valid_after, '-infinity')
    -- Not `exists`: beside an `or` PostgreSQL would read and hash the whole table.
    and (p_even_on_hold
      or (select h.id from public.tenant_holds h where h.tenant_id = s.tenant_id and h.lifted_at is null limit 1) is null)
    and (p_permission is null or (
      select true from public.role_permissions rp
      where rp.tenant_id = m.tenant_id and rp.role_id = m.role_id and rp.permission = p_permission));
  return v_tenant;
end
$$;
comment on function private.permitted_tenant_id(text, boolean) is
  'plpgsql on purpose: inside policies it measured two to three times faster than the same query in SQL.';

grant execute on function private.permitted_tenant_id(text, boolean) to authenticated;

create or replace function private.session_tenant_id() returns uuid
language plpgsql stable security definer set search_path = '' as $$
begin
  return private.permitted_tenant_id(null, true);
end
$$;
create or replace function private.current_tenant_id() returns uuid
language plpgsql stable security definer set search_path = '' as $$
begin
  return private.permitted_tenant_id();
end
$$;
comment on function private.current_tenant_id() is null;

create or replace function private.can(p_permission text) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  return private.permitted_tenant_id(p_permission) is not null;
end
$$;

alter policy tenant_holds_select on public.tenant_holds using (tenant_id = (select private.permitted_tenant_id('billing.update')));
alter policy tenant_settings_select on public.tenant_settings using (tenant_id = (select private.permitted_tenant_id('settings.read')));
alter policy tenant_settings_update on public.tenant_settings
  using (tenant_id = (select private.permitted_tenant_id('settings.update')))
  with check (tenant_id = (select private.permitted_tenant_id('settings.update')));
alter policy tenants_update on public.tenants
  using (id = (select private.permitted_tenant_id('settings.update')))
  with check (id = (select private.permitted_tenant_id('settings.update')));
alter policy tenant_domains_select on public.tenant_domains using (tenant_id = (select private.permitted_tenant_id('settings.read')));
alter policy tenant_subscriptions_select on public.tenant_subscriptions using (tenant_id = (select private.permitted_tenant_id('billing.read')));
alter policy tenant_agreements_select on public.tenant_agreements using (tenant_id = (select private.permitted_tenant_id('settings.read')));
alter policy roles_select on public.roles using (tenant_id = (select private.permitted_tenant_id('roles.read')));
alter policy role_permissions_select on public.role_permissions using (tenant_id = (select private.permitted_tenant_id('roles.read')));
alter policy memberships_select on public.memberships using (tenant_id = (select private.permitted_tenant_id('team.read')));
alter policy audit_log_select on public.audit_log using (tenant_id = (select private.permitted_tenant_id('audit.read')));
alter policy patients_select on public.patients using (tenant_id = (select private.permitted_tenant_id('patients.read')));
alter policy patients_insert on public.patients with check (tenant_id = (select private.permitted_tenant_id('patients.create')));
alter policy patients_update on public.patients
  using (tenant_id = (select private.permitted_tenant_id('patients.update')))
  with check (tenant_id = (select private.permitted_tenant_id('patients.update')));
alter policy patient_words_select on private.patient_words using (tenant_id = (select private.permitted_tenant_id('patients.read')));
alter policy patient_imports_select on public.patient_imports using (tenant_id = (select private.permitted_tenant_id('patients.import')));

-- A patient is reached within a clinic only: no index leads to one by id alone.
alter table public.patients
  drop constraint patients_pkey,
  drop constraint patients_tenant_id_id_key,
  add primary key (tenant_id, id);

-- Each counted table has a function of its own: PostgreSQL keeps the plan of a fixed statement, and planned the one that
-- was put together at every insert anew.
create or replace function private.limit_table(p_table regclass, p_metric text, p_counted text) returns void
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
do $$
begin
  perform private.limit_table('public.memberships', 'users', 'status = ''active''');
  perform private.limit_table('public.patients', 'patients', 'not archived');
end
$$;
drop function private.count_rows();
