create policy audit_log_select on public.audit_log for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('audit.read')));
comment on policy audit_log_select on public.audit_log is 'Who may read the audit log reads the clinic''s.';

create policy security_events_select on public.security_events for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('audit.read')));
comment on policy security_events_select on public.security_events is 'Who may read the log sees the clinic''s alerts.';

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

-- Statement-level: 50,000 imported rows cost one insert. TG_ARGV[0] names the column that holds the tenant, TG_ARGV[1] the one that holds
-- the patient, where the table is about patients.
create function private.audit_change() returns trigger
-- Plans are kept, and one that was made for a statement of one row would compare each row of a large one with all others.
language plpgsql security definer set search_path = '' set enable_seqscan = off set enable_nestloop = off as $$
declare
  v_actor constant uuid := private.actor_id();
  v_session constant uuid := private.session_id();
  v_request constant text := left(private.request_header('x-request-id'), 64);
  v_address constant text := private.client_address();
  v_action constant text := tg_table_name || '.' || lower(tg_op);
begin
  if tg_op = 'DELETE' then
    insert into public.audit_log (tenant_id, actor_id, session_id, request_id, address, action, record_id)
    select (r ->> tg_argv[0])::uuid, v_actor, v_session, v_request, v_address, v_action, (r ->> 'id')::uuid
    from (select to_jsonb(o) as r from old_rows o) as rows
    -- When the clinic itself is deleted its log goes with it.
    where exists (select 1 from public.tenants t where t.id = (r ->> tg_argv[0])::uuid);
    return null;
  end if;
  if tg_op = 'INSERT' then
    insert into public.audit_log (tenant_id, actor_id, session_id, request_id, address, action, record_id, values_mac)
    select (r ->> tg_argv[0])::uuid, v_actor, v_session, v_request, v_address, v_action, (r ->> 'id')::uuid,
      case when tg_argv[1] is not null then extensions.hmac(convert_to((r - 'mark_key')::text, 'UTF8'),
        coalesce((r ->> 'mark_key')::bytea, private.mark_key((r ->> tg_argv[0])::uuid, (r ->> tg_argv[1])::uuid)), 'sha256') end
    from (select to_jsonb(n) as r from new_rows n offset 0) as rows;
  else
    insert into public.audit_log (tenant_id, actor_id, session_id, request_id, address, action, record_id, changed_fields, values_mac)
    select (n.r ->> tg_argv[0])::uuid, v_actor, v_session, v_request, v_address, v_action, (n.r ->> 'id')::uuid,
      array(select jsonb_object_keys(c.fields) order by 1),
      case when tg_argv[1] is not null then extensions.hmac(convert_to(c.fields::text, 'UTF8'),
        coalesce((n.r ->> 'mark_key')::bytea, private.mark_key((n.r ->> tg_argv[0])::uuid, (n.r ->> tg_argv[1])::uuid)), 'sha256') end
    from (select to_jsonb(x) as r from new_rows x) as n
    join (select to_jsonb(x) as r from old_rows x) as o
      on coalesce(o.r ->> 'id', o.r ->> 'tenant_id') = coalesce(n.r ->> 'id', n.r ->> 'tenant_id')
    cross join lateral (
      select coalesce(jsonb_object_agg(f.key, f.value), '{}') as fields from jsonb_each(n.r) as f
      where f.value is distinct from o.r -> f.key and f.key not in ('updated_at', 'version')
    ) as c;
  end if;
  return null;
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

-- By these the log knows a patient's lines and checks their marks.
create function private.refuse_new_identity() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception 'a patient stays who they are' using errcode = '42501';
end
$$;

-- Adds the three audit triggers to a table.
create function private.audit_table(p_table regclass, p_tenant_column text default 'tenant_id', p_patient_column text default null) returns void
language plpgsql set search_path = '' as $$
declare
  v_name constant text := (select relname from pg_catalog.pg_class where oid = p_table);
  v_arguments constant text := concat_ws(', ', quote_literal(p_tenant_column), quote_literal(p_patient_column));
begin
  execute format('create or replace trigger %I after insert on %s referencing new table as new_rows for each statement execute function private.audit_change(%s)', v_name || '_audit_insert', p_table, v_arguments);
  execute format('create or replace trigger %I after update on %s referencing old table as old_rows new table as new_rows for each statement execute function private.audit_change(%s)', v_name || '_audit_update', p_table, v_arguments);
  execute format('create or replace trigger %I after delete on %s referencing old table as old_rows for each statement execute function private.audit_change(%s)', v_name || '_audit_delete', p_table, v_arguments);
end
$$;

create function private.remember_member() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.former_members (tenant_id, membership_id, user_id)
  select o.tenant_id, o.id, o.user_id from old_rows o
  where exists (select 1 from public.tenants t where t.id = o.tenant_id) and exists (select 1 from auth.users u where u.id = o.user_id)
  on conflict do nothing;
  return null;
end
$$;

do $$
begin
  perform private.audit_table('public.tenants', 'id');
  perform private.audit_table('public.security_events');
end
$$;

create trigger append_only before update or truncate on private.audit_chain for each statement execute function private.refuse_change();
create trigger no_deletion before delete on private.audit_chain for each row execute function private.refuse_deletion();

create trigger append_only before update or truncate on private.audit_anchors for each statement execute function private.refuse_change();
create trigger no_deletion before delete on private.audit_anchors for each row execute function private.refuse_deletion();
