create policy invitations_select on public.invitations for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('team.read')));
comment on policy invitations_select on public.invitations is 'Who sees the team sees who is invited.';

create policy ownership_transfers_select on public.ownership_transfers for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('team.read')));
comment on policy ownership_transfers_select on public.ownership_transfers is 'Who sees the team sees whom the clinic is offered to.';

-- Refuses a role that the caller may not give: another clinic's, the owner's, which is only handed over, or one that allows more.
create function private.assert_grantable(p_tenant uuid, p_role uuid) returns void
language plpgsql stable security definer set search_path = '' as $$
declare
  v_role public.roles;
begin
  select * into v_role from public.roles where tenant_id = p_tenant and id = p_role;
  if v_role.id is null then
    raise exception 'no such role' using errcode = 'P0002';
  end if;
  if (v_role.is_system and v_role.key = 'owner') or not private.holds_role(p_tenant, p_role) then
    raise exception 'the role allows more than the caller''s' using errcode = 'YT001';
  end if;
end
$$;

create function private.assert_verified() returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if not exists (select 1 from public.profiles where user_id = auth.uid() and email_verified_at is not null) then
    raise exception 'the e-mail address is not confirmed' using errcode = 'YP002';
  end if;
end
$$;

-- A member of the caller's clinic whom the caller may change: not themselves, and nobody whose role allows more.
create function private.changeable_member(p_tenant uuid, p_membership uuid) returns public.memberships
language plpgsql security definer set search_path = '' as $$
declare
  v_member public.memberships;
begin
  select * into v_member from public.memberships where tenant_id = p_tenant and id = p_membership for update;
  if v_member.id is null then
    raise exception 'no such member' using errcode = 'P0002';
  end if;
  if v_member.user_id = auth.uid() then
    raise exception 'one''s own membership' using errcode = 'YT003';
  end if;
  if not private.holds_role(p_tenant, v_member.role_id) then
    raise exception 'the member may do more than the caller' using errcode = 'YT001';
  end if;
  return v_member;
end
$$;

create function private.change_member_role(p_membership uuid, p_role uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.update');
begin
  perform private.changeable_member(v_tenant, p_membership);
  perform private.assert_grantable(v_tenant, p_role);
  update public.memberships set role_id = p_role where tenant_id = v_tenant and id = p_membership;
end
$$;

create function public.change_member_role(p_membership uuid, p_role uuid) returns void
language sql volatile set search_path = '' as $$ select private.change_member_role(p_membership, p_role) $$;

-- Pauses a membership, which ends its sessions, or lets it go on.
create function private.set_member_status(p_membership uuid, p_status text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.update');
begin
  perform private.changeable_member(v_tenant, p_membership);
  -- A place that an invitation held in vain is free.
  perform private.expire_invitations(v_tenant);
  update public.memberships set status = p_status where tenant_id = v_tenant and id = p_membership;
end
$$;

create function public.set_member_status(p_membership uuid, p_status text) returns void
language sql volatile set search_path = '' as $$ select private.set_member_status(p_membership, p_status) $$;

create function private.remove_member(p_membership uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.remove');
begin
  perform private.changeable_member(v_tenant, p_membership);
  delete from public.memberships where tenant_id = v_tenant and id = p_membership;
end
$$;

create function public.remove_member(p_membership uuid) returns void
language sql volatile set search_path = '' as $$ select private.remove_member(p_membership) $$;

-- The people of the caller's clinic: at most 200 that match, and how many there are. Who of them has a second factor is part of what
-- those see who may see the team.
create function private.list_team(p_search text, p_role uuid, p_status text) returns jsonb
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

-- The people of the caller's clinic: at most 200 that match, and how many there are. Who of them has a second factor is part of what
-- those see who may see the team.
create function public.list_team(p_search text default '', p_role uuid default null, p_status text default null) returns jsonb
language sql stable set search_path = '' as $$ select private.list_team(p_search, p_role, p_status) $$;

-- One person of the caller's clinic; sessions only for who may end them. Null when there is no such member.
create function private.find_member(p_membership uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'id', m.id, 'full_name', p.full_name, 'email', u.email, 'email_verified', p.email_verified_at is not null,
    'status', m.status, 'created_at', m.created_at, 'is_self', m.user_id = auth.uid(),
    'role', jsonb_build_object('id', r.id, 'key', r.key, 'name', r.name),
    'changeable', m.user_id <> auth.uid() and private.holds_role(m.tenant_id, m.role_id),
    'permissions', (
      select coalesce(jsonb_agg(rp.permission order by rp.permission), '[]')
      from public.role_permissions rp where rp.tenant_id = m.tenant_id and rp.role_id = m.role_id),
    'sessions', case when private.can('team.update') then (
      select coalesce(jsonb_agg(
        jsonb_build_object(
          'id', s.session_id, 'ip', s.ip, 'user_agent', s.user_agent, 'first_seen_at', s.created_at, 'last_seen_at', s.last_seen_at,
          'current', s.session_id = private.session_id())
        order by s.last_seen_at desc), '[]')
      from private.tenant_sessions s
      where s.tenant_id = m.tenant_id and s.user_id = m.user_id
        and private.session_runs_out(s) > now() and private.session_alive(s.session_id, s.user_id)) end)
  from public.memberships m
  join auth.users u on u.id = m.user_id
  join public.profiles p on p.user_id = m.user_id
  join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
  where m.tenant_id = private.permitted_tenant_id('team.read') and m.id = p_membership
$$;

create function public.find_member(p_membership uuid) returns jsonb
language sql stable set search_path = '' as $$ select private.find_member(p_membership) $$;

-- Ends one session of a member, or all; answers how many ended. Nobody has to outrank a member to end what may be a thief's, but
-- nobody keeps out by it, again and again, those who could stop them.
create function private.end_member_sessions(p_membership uuid, p_session uuid) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.update');
begin
  if exists (
      select 1 from public.memberships m
      where m.tenant_id = v_tenant and m.id = p_membership and not private.holds_role(v_tenant, m.role_id))
    and private.take_rate_limit('end-sessions:' || auth.uid(), 5, 3600) > 0
  then
    raise exception 'too many sessions of people who may do more' using errcode = 'YR002';
  end if;
  return private.end_sessions(array(
    select s.session_id
    from public.memberships m
    join private.tenant_sessions s on s.tenant_id = m.tenant_id and s.user_id = m.user_id and s.ended_at is null
    where m.tenant_id = v_tenant and m.id = p_membership and (p_session is null or s.session_id = p_session)));
end
$$;

create function public.end_member_sessions(p_membership uuid, p_session uuid default null) returns integer
language sql volatile set search_path = '' as $$ select private.end_member_sessions(p_membership, p_session) $$;

create trigger invitations_step_up before insert or update of role_id, expires_at on public.invitations for each statement execute function private.require_step_up();

create trigger ownership_transfers_step_up before insert on public.ownership_transfers for each statement execute function private.require_step_up();

grant execute on function
  private.change_member_role(uuid, uuid), public.change_member_role(uuid, uuid),
  private.set_member_status(uuid, text), public.set_member_status(uuid, text),
  private.remove_member(uuid), public.remove_member(uuid),
  private.list_team(text, uuid, text), public.list_team(text, uuid, text),
  private.find_member(uuid), public.find_member(uuid),
  private.end_member_sessions(uuid, uuid), public.end_member_sessions(uuid, uuid)
to authenticated;

do $$
begin
  perform private.audit_table('public.invitations');
  perform private.audit_table('public.ownership_transfers');
  -- Who is invited takes a place already: accepting moves it from one table to the other.
  perform private.limit_table('public.invitations', 'users', 'status = ''open''');
end
$$;
