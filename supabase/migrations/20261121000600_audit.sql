-- One row for every changed row, written by triggers in the same transaction. Names of fields, never their values.
create table public.audit_log (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references public.tenants on delete cascade,
  occurred_at timestamptz not null default now(),
  actor_id uuid,
  session_id uuid,
  request_id text check (char_length(request_id) <= 64),
  action text not null,
  record_id uuid,
  changed_fields text[] not null default '{}',
  unique (tenant_id, id)
);
create index audit_log_record_idx on public.audit_log (tenant_id, record_id, id);

alter table public.audit_log enable row level security;
alter table public.audit_log force row level security;
grant select on public.audit_log to authenticated;
create policy audit_log_select on public.audit_log for select to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('audit.read')));
comment on policy audit_log_select on public.audit_log is 'Who may read the audit log reads the clinic''s.';

create function private.refuse_change() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception 'the audit log only grows' using errcode = '42501';
end
$$;
create trigger audit_log_append_only before update or truncate on public.audit_log
  for each statement execute function private.refuse_change();

-- Rows go only with their whole clinic.
create function private.refuse_deletion() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select 1 from public.tenants where id = old.tenant_id) then
    raise exception 'the audit log only grows' using errcode = '42501';
  end if;
  return old;
end
$$;
create trigger audit_log_no_deletion before delete on public.audit_log for each row execute function private.refuse_deletion();

-- Who acts: the caller, or for whom a service acts (set by our own functions for their transaction).
create function private.actor_id() returns uuid
language sql stable set search_path = '' as $$
  select coalesce(auth.uid(), nullif(current_setting('yourcrm.actor', true), '')::uuid)
$$;

create function private.write_audit(p_tenant uuid, p_action text, p_record uuid, p_fields text[] default '{}') returns void
language sql security definer set search_path = '' as $$
  insert into public.audit_log (tenant_id, actor_id, session_id, request_id, action, record_id, changed_fields)
  values (p_tenant, private.actor_id(), private.session_id(), left(private.request_header('x-request-id'), 64), p_action, p_record, p_fields)
$$;

-- Statement-level: 50,000 imported rows cost one insert. TG_ARGV[0] names the column that holds the tenant.
create function private.audit_change() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_request constant text := left(private.request_header('x-request-id'), 64);
  v_action constant text := tg_table_name || '.' || lower(tg_op);
begin
  if tg_op = 'INSERT' then
    insert into public.audit_log (tenant_id, actor_id, session_id, request_id, action, record_id)
    select (r ->> tg_argv[0])::uuid, private.actor_id(), private.session_id(), v_request, v_action, (r ->> 'id')::uuid
    from (select to_jsonb(n) as r from new_rows n) as rows;
  elsif tg_op = 'DELETE' then
    insert into public.audit_log (tenant_id, actor_id, session_id, request_id, action, record_id)
    select (r ->> tg_argv[0])::uuid, private.actor_id(), private.session_id(), v_request, v_action, (r ->> 'id')::uuid
    from (select to_jsonb(o) as r from old_rows o) as rows
    -- When the clinic itself is deleted its log goes with it.
    where exists (select 1 from public.tenants t where t.id = (r ->> tg_argv[0])::uuid);
  else
    insert into public.audit_log (tenant_id, actor_id, session_id, request_id, action, record_id, changed_fields)
    select (n.r ->> tg_argv[0])::uuid, private.actor_id(), private.session_id(), v_request, v_action, (n.r ->> 'id')::uuid,
      array(
        select f.key from jsonb_each(n.r) as f
        where f.value is distinct from o.r -> f.key and f.key not in ('updated_at', 'version')
        order by f.key
      )
    from (select to_jsonb(x) as r from new_rows x) as n
    join (select to_jsonb(x) as r from old_rows x) as o
      on coalesce(o.r ->> 'id', o.r ->> 'tenant_id') = coalesce(n.r ->> 'id', n.r ->> 'tenant_id');
  end if;
  return null;
end
$$;

-- Adds the three audit triggers to a table.
create function private.audit_table(p_table regclass, p_tenant_column text default 'tenant_id') returns void
language plpgsql set search_path = '' as $$
declare
  v_name constant text := (select relname from pg_catalog.pg_class where oid = p_table);
begin
  execute format('create trigger %I after insert on %s referencing new table as new_rows for each statement execute function private.audit_change(%L)', v_name || '_audit_insert', p_table, p_tenant_column);
  execute format('create trigger %I after update on %s referencing old table as old_rows new table as new_rows for each statement execute function private.audit_change(%L)', v_name || '_audit_update', p_table, p_tenant_column);
  execute format('create trigger %I after delete on %s referencing old table as old_rows for each statement execute function private.audit_change(%L)', v_name || '_audit_delete', p_table, p_tenant_column);
end
$$;

do $$
begin
  perform private.audit_table('public.tenants', 'id');
  perform private.audit_table('public.tenant_holds');
  perform private.audit_table('public.tenant_settings');
  perform private.audit_table('public.tenant_domains');
  perform private.audit_table('public.tenant_subscriptions');
  perform private.audit_table('public.tenant_agreements');
  perform private.audit_table('public.roles');
  perform private.audit_table('public.memberships');
end
$$;

-- A permission of a role has no id of its own: the role's id is the record.
create function private.audit_role_permission() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'INSERT' then
    perform private.write_audit(g.tenant_id, 'role_permissions.insert', g.role_id, g.granted)
    from (select tenant_id, role_id, array_agg(permission order by permission) as granted from new_rows group by 1, 2) as g;
  else
    perform private.write_audit(g.tenant_id, 'role_permissions.delete', g.role_id, g.revoked)
    from (select tenant_id, role_id, array_agg(permission order by permission) as revoked from old_rows group by 1, 2) as g
    where exists (select 1 from public.tenants t where t.id = g.tenant_id);
  end if;
  return null;
end
$$;
create trigger role_permissions_audit_insert after insert on public.role_permissions
  referencing new table as new_rows for each statement execute function private.audit_role_permission();
create trigger role_permissions_audit_delete after delete on public.role_permissions
  referencing old table as old_rows for each statement execute function private.audit_role_permission();
