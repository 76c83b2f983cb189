create policy profiles_select on public.profiles for select to authenticated
  using (user_id = (select auth.uid()));
comment on policy profiles_select on public.profiles is 'Everybody sees their own profile.';

create policy permissions_select on public.permissions for select to authenticated using (true);
comment on policy permissions_select on public.permissions is 'The catalogue is the same for everybody.';

create policy system_roles_select on public.system_roles for select to authenticated using (true);
comment on policy system_roles_select on public.system_roles is 'The catalogue is the same for everybody.';

create policy system_role_permissions_select on public.system_role_permissions for select to authenticated using (true);
comment on policy system_role_permissions_select on public.system_role_permissions is 'The catalogue is the same for everybody.';

create policy roles_select on public.roles for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('roles.read')));
comment on policy roles_select on public.roles is 'Who may see roles sees the clinic''s.';

create policy role_permissions_select on public.role_permissions for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('roles.read')));
comment on policy role_permissions_select on public.role_permissions is 'Who may see roles sees what they allow.';

create policy memberships_select on public.memberships for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('team.read')));
comment on policy memberships_select on public.memberships is 'Who may see the team sees its members.';

create trigger role_permissions_audit_insert after insert on public.role_permissions
  referencing new table as new_rows for each statement execute function private.audit_role_permission();

create trigger role_permissions_audit_delete after delete on public.role_permissions
  referencing old table as old_rows for each statement execute function private.audit_role_permission();

-- Whether the caller holds all that a role allows: nobody gives or takes away what they do not have themselves.
create function private.holds_role(p_tenant uuid, p_role uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select not exists (
    select permission from public.role_permissions where tenant_id = p_tenant and role_id = p_role
    except
    select rp.permission
    from public.memberships m
    join public.role_permissions rp on rp.tenant_id = m.tenant_id and rp.role_id = m.role_id
    where m.tenant_id = p_tenant and m.user_id = auth.uid() and m.status = 'active')
$$;

-- Adds a permission to the catalogue, to the system roles that hold it, and to these roles of every clinic. Owners hold all.
create function private.add_permission(p_key text, p_description text, p_roles text[]) returns void
language sql volatile set search_path = '' as $$
  insert into public.permissions (key, description, position) select p_key, p_description, max(position) + 1 from public.permissions;
  insert into public.system_role_permissions (role_key, permission)
  select distinct key, p_key from unnest(p_roles || array['owner']) as key;
  insert into public.role_permissions (tenant_id, role_id, permission)
  select r.tenant_id, r.id, p_key from public.roles r join public.system_role_permissions s on s.role_key = r.key and s.permission = p_key
  where r.is_system;
$$;

create trigger memberships_remember after delete on public.memberships
  referencing old table as old_rows for each statement execute function private.remember_member();

create trigger tenant_sessions_note_active_day after insert or update of last_seen_at on private.tenant_sessions
  for each row execute function private.note_active_day();

do $$
begin
  perform private.audit_table('public.roles');
  perform private.audit_table('public.memberships');
  perform private.limit_table('public.memberships', 'users', 'status = ''active''');
end
$$;
