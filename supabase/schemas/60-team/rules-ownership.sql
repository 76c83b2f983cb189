-- The last owner stays, whoever asks and however many ask at once: each change waits for the clinic's lock, and sees with it
-- what the others have done. A clinic that goes takes its owners along.
create function private.keep_an_owner() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('owners:' || old.tenant_id, 0));
  if exists (select 1 from public.tenants where id = old.tenant_id)
    and exists (select 1 from public.roles where tenant_id = old.tenant_id and id = old.role_id and is_system and key = 'owner')
    and not exists (
      select 1 from public.memberships m
      join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id and r.is_system and r.key = 'owner'
      where m.tenant_id = old.tenant_id and m.status = 'active')
  then
    raise exception 'a clinic keeps an owner' using errcode = 'YT002';
  end if;
  return null;
end
$$;

create trigger memberships_keep_owner_update after update of role_id, status, tenant_id, user_id on public.memberships
  for each row execute function private.keep_an_owner();

create trigger memberships_keep_owner_delete after delete on public.memberships
  for each row execute function private.keep_an_owner();

-- The membership of the caller, if it is the owner's.
create function private.own_ownership(p_tenant uuid) returns uuid
language sql stable security definer set search_path = '' as $$
  select m.id
  from public.memberships m
  join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id and r.is_system and r.key = 'owner'
  where m.tenant_id = p_tenant and m.user_id = auth.uid() and m.status = 'active'
$$;

-- Offers the clinic to an active member, for seven days. One offer at a time: the open one has to be taken back first.
create function private.offer_ownership(p_membership uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.update');
  v_owner constant uuid := private.own_ownership(v_tenant);
  v_user uuid;
begin
  if v_owner is null then
    raise exception 'only an owner hands the clinic over' using errcode = '42501';
  end if;
  select m.user_id into v_user
  from public.memberships m
  join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id and not (r.is_system and r.key = 'owner')
  where m.tenant_id = v_tenant and m.id = p_membership and m.status = 'active';
  if v_user is null then
    raise exception 'no such member' using errcode = 'P0002';
  end if;
  if exists (select 1 from public.ownership_transfers where tenant_id = v_tenant and expires_at > now()) then
    raise exception 'an offer is open' using errcode = 'YT005';
  end if;
  delete from public.ownership_transfers where tenant_id = v_tenant;
  insert into public.ownership_transfers (tenant_id, from_membership, to_membership) values (v_tenant, v_owner, p_membership);
  perform private.queue_mail('ownership_offer', v_tenant, v_user);
end
$$;

create function public.offer_ownership(p_membership uuid) returns void
language sql volatile set search_path = '' as $$ select private.offer_ownership(p_membership) $$;

-- Takes the offer back, or declines it; false when there was none of the caller's.
create function private.end_ownership_offer() returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.current_tenant_id();
begin
  delete from public.ownership_transfers o using public.memberships m
  where o.tenant_id = v_tenant and m.tenant_id = v_tenant and m.user_id = auth.uid()
    and (m.id = o.to_membership or private.own_ownership(v_tenant) is not null);
  return found;
end
$$;

create function public.end_ownership_offer() returns boolean
language sql volatile set search_path = '' as $$ select private.end_ownership_offer() $$;

-- Makes the caller owner by the offer that waits for them, and who offered it administrator. False when there is none, or when
-- who offered is no owner any more.
create function private.accept_ownership() returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.current_tenant_id();
  v_offer public.ownership_transfers;
  v_owner_role constant uuid := (select id from public.roles where tenant_id = v_tenant and is_system and key = 'owner');
  v_admin_role constant uuid := (select id from public.roles where tenant_id = v_tenant and is_system and key = 'admin');
begin
  delete from public.ownership_transfers o using public.memberships m
  where o.tenant_id = v_tenant and o.expires_at > now()
    and m.tenant_id = v_tenant and m.id = o.to_membership and m.user_id = auth.uid() and m.status = 'active'
  returning o.* into v_offer;
  if v_offer.id is null then
    return false;
  end if;
  perform 1 from public.memberships
  where tenant_id = v_tenant and id = v_offer.from_membership and role_id = v_owner_role and status = 'active' for update;
  if not found then
    return false;
  end if;
  update public.memberships set role_id = v_owner_role where tenant_id = v_tenant and id = v_offer.to_membership;
  update public.memberships set role_id = v_admin_role where tenant_id = v_tenant and id = v_offer.from_membership;
  return true;
end
$$;

create function public.accept_ownership() returns boolean
language sql volatile set search_path = '' as $$ select private.accept_ownership() $$;

-- The offer of the caller's clinic, for whom it concerns: the member it is made to, and owners. Null when there is none.
create function private.find_ownership_offer() returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'from', pf.full_name, 'to', pt.full_name, 'to_me', mt.user_id = auth.uid(), 'expires_at', o.expires_at)
  from public.ownership_transfers o
  join public.memberships mf on mf.tenant_id = o.tenant_id and mf.id = o.from_membership
  join public.memberships mt on mt.tenant_id = o.tenant_id and mt.id = o.to_membership
  join public.profiles pf on pf.user_id = mf.user_id
  join public.profiles pt on pt.user_id = mt.user_id
  where o.tenant_id = private.current_tenant_id() and o.expires_at > now()
    and (mt.user_id = auth.uid() or private.own_ownership(o.tenant_id) is not null)
$$;

create function public.find_ownership_offer() returns jsonb
language sql stable set search_path = '' as $$ select private.find_ownership_offer() $$;

grant execute on function
  private.offer_ownership(uuid), public.offer_ownership(uuid),
  private.end_ownership_offer(), public.end_ownership_offer(),
  private.accept_ownership(), public.accept_ownership(),
  private.find_ownership_offer(), public.find_ownership_offer()
to authenticated;
