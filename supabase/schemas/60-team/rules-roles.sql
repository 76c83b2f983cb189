-- The roles of the caller's clinic for those who give or look at them, and for whoever sees the team, whose people have them; the clinic's
-- own after the fixed ones: how many people have each or are invited to it, and whether the caller may give it.
create function private.list_roles() returns jsonb
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

create function public.list_roles() returns jsonb
language sql stable set search_path = '' as $$ select private.list_roles() $$;

-- A role of the clinic's own that the caller may change: not the one they hold, which would change their own rights.
create function private.changeable_role(p_tenant uuid, p_role uuid) returns public.roles
language plpgsql security definer set search_path = '' as $$
declare
  v_role public.roles;
begin
  select * into v_role from public.roles where tenant_id = p_tenant and id = p_role and not is_system for update;
  if v_role.id is null then
    raise exception 'no such role of the clinic''s own' using errcode = 'P0002';
  end if;
  if exists (select 1 from public.memberships where tenant_id = p_tenant and user_id = auth.uid() and role_id = p_role) then
    raise exception 'one''s own role' using errcode = 'YT003';
  end if;
  return v_role;
end
$$;

-- Makes a role of the clinic's own, or changes one. p_permissions is a JSON array, as text, and so is p_loaded: what the role
-- allowed when the caller looked, so that a stale form undoes nothing. What is given or taken away the caller must hold. Answers
-- the role's id.
create function private.save_role(p_role uuid, p_name text, p_description text, p_permissions text, p_loaded text) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('roles.manage');
  v_wanted constant text[] := array(select distinct e from json_array_elements_text(p_permissions::json) as e);
  v_held text[];
  v_changed text[];
  v_role uuid := p_role;
begin
  if not private.has_feature(v_tenant, 'custom_roles') then
    raise exception 'the plan has no roles of one''s own' using errcode = 'YQ002';
  end if;
  if v_role is null then
    v_role := gen_random_uuid();
    insert into public.roles (id, tenant_id, key, name, description, is_system)
    values (v_role, v_tenant, 'own_' || left(replace(v_role::text, '-', ''), 16), p_name, p_description, false);
  else
    perform private.changeable_role(v_tenant, v_role);
    if array(select permission from public.role_permissions where tenant_id = v_tenant and role_id = v_role order by 1)
      <> array(select distinct e from json_array_elements_text(p_loaded::json) as e order by 1)
    then
      raise exception 'changed in the meantime' using errcode = 'YT006';
    end if;
    update public.roles set name = p_name, description = p_description
    where tenant_id = v_tenant and id = v_role and (name, description) is distinct from (p_name, p_description);
  end if;
  v_held := array(
    select rp.permission
    from public.memberships m join public.role_permissions rp on rp.tenant_id = m.tenant_id and rp.role_id = m.role_id
    where m.tenant_id = v_tenant and m.user_id = auth.uid());
  with taken as (
    delete from public.role_permissions
    where tenant_id = v_tenant and role_id = v_role and permission <> all(v_wanted)
    returning permission
  ), given as (
    insert into public.role_permissions (tenant_id, role_id, permission)
    select v_tenant, v_role, e from unnest(v_wanted) as e
    on conflict do nothing
    returning permission
  )
  select array_agg(permission) into v_changed from (select permission from taken union all select permission from given) as changed;
  if not coalesce(v_changed, '{}') <@ v_held then
    raise exception 'more than the caller holds' using errcode = 'YT001';
  end if;
  -- Invitations by people who may no longer make them.
  update public.invitations i set status = 'revoked'
  where i.tenant_id = v_tenant and i.status = 'open'
    and exists (select 1 from public.memberships m where m.tenant_id = v_tenant and m.user_id = i.invited_by and m.role_id = v_role)
    and exists (
      select 'team.invite'
      union select permission from public.role_permissions where tenant_id = v_tenant and role_id = i.role_id
      except select permission from public.role_permissions where tenant_id = v_tenant and role_id = v_role);
  return v_role;
end
$$;

create function public.save_role(p_role uuid default null, p_name text default '', p_description text default '', p_permissions text default '[]', p_loaded text default '[]') returns uuid
language sql volatile set search_path = '' as $$ select private.save_role(p_role, p_name, p_description, p_permissions, p_loaded) $$;

-- Deletes a role of the clinic's own; who holds it or is invited to it gets another.
create function private.delete_role(p_role uuid, p_reassign uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('roles.manage');
begin
  perform private.changeable_role(v_tenant, p_role);
  if not private.holds_role(v_tenant, p_role) then
    raise exception 'the role allows more than the caller''s' using errcode = 'YT001';
  end if;
  if exists (select 1 from public.memberships where tenant_id = v_tenant and role_id = p_role)
    or exists (select 1 from public.invitations where tenant_id = v_tenant and role_id = p_role and status = 'open')
  then
    if p_reassign is null or p_reassign = p_role then
      raise exception 'the role is in use' using errcode = 'YT004';
    end if;
    perform private.assert_grantable(v_tenant, p_reassign);
    update public.memberships set role_id = p_reassign where tenant_id = v_tenant and role_id = p_role;
    update public.invitations set role_id = p_reassign where tenant_id = v_tenant and role_id = p_role and status = 'open';
  end if;
  delete from public.roles where tenant_id = v_tenant and id = p_role;
end
$$;

create function public.delete_role(p_role uuid, p_reassign uuid default null) returns void
language sql volatile set search_path = '' as $$ select private.delete_role(p_role, p_reassign) $$;

-- A role with what it allows, and who has it. Null when the clinic has none of this id.
create function private.find_role(p_role uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'id', r.id, 'name', r.name, 'is_system', r.is_system, 'description', coalesce(s.description, r.description),
    'permissions', (
      select coalesce(jsonb_agg(rp.permission order by rp.permission), '[]')
      from public.role_permissions rp where rp.tenant_id = r.tenant_id and rp.role_id = r.id),
    'members', (
      select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'full_name', p.full_name, 'status', m.status) order by private.fold(p.full_name)), '[]')
      from public.memberships m join public.profiles p on p.user_id = m.user_id
      where m.tenant_id = r.tenant_id and m.role_id = r.id and private.can('team.read')),
    'in_use', exists (select 1 from public.memberships m where m.tenant_id = r.tenant_id and m.role_id = r.id)
      or exists (select 1 from public.invitations i where i.tenant_id = r.tenant_id and i.role_id = r.id and i.status = 'open'),
    'own', exists (select 1 from public.memberships m where m.tenant_id = r.tenant_id and m.role_id = r.id and m.user_id = auth.uid()),
    'deletable', private.holds_role(r.tenant_id, r.id))
  from public.roles r
  left join public.system_roles s on r.is_system and s.key = r.key
  where r.tenant_id = private.permitted_tenant_id('roles.read') and r.id = p_role
$$;

create function public.find_role(p_role uuid) returns jsonb
language sql stable set search_path = '' as $$ select private.find_role(p_role) $$;

grant execute on function
  private.list_roles(), public.list_roles(),
  private.save_role(uuid, text, text, text, text), public.save_role(uuid, text, text, text, text),
  private.delete_role(uuid, uuid), public.delete_role(uuid, uuid),
  private.find_role(uuid), public.find_role(uuid)
to authenticated;
