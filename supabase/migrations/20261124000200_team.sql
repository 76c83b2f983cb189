-- Who works at a clinic: invitations, the roles of members, and owners, of whom one always remains.

alter table public.system_roles add column position smallint not null default 0;
update public.system_roles s set position = o.position
from unnest(array['owner', 'admin', 'practitioner', 'staff', 'billing']) with ordinality as o (key, position) where o.key = s.key;

-- A clinic's own role says what it is for, and has a name that no other role there has.
alter table public.roles
  add column description text not null default '' check (char_length(description) <= 200),
  drop constraint roles_key_check,
  add constraint roles_key_check check (key ~ '^[a-z][a-z0-9_]{1,39}$');
create unique index roles_name_key on public.roles (tenant_id, lower(name));

create table public.invitations (
  id uuid not null default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  email text not null check (email = lower(email) and char_length(email) between 3 and 254),
  -- Null once the role of a closed invitation is gone.
  role_id uuid,
  status text not null default 'open' check (status in ('open', 'accepted', 'revoked', 'expired')),
  invited_by uuid references auth.users on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '7 days',
  primary key (tenant_id, id),
  check (status <> 'open' or role_id is not null),
  foreign key (tenant_id, role_id) references public.roles (tenant_id, id) on delete set null (role_id)
);
create unique index invitations_open_email_key on public.invitations (tenant_id, email) where status = 'open';
create index invitations_role_idx on public.invitations (tenant_id, role_id);
create index invitations_invited_by_idx on public.invitations (invited_by);
create index invitations_expiry_idx on public.invitations (expires_at) where status = 'open';
alter table public.invitations enable row level security;
alter table public.invitations force row level security;
grant select on public.invitations to authenticated;
create policy invitations_select on public.invitations for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('team.read')));
comment on policy invitations_select on public.invitations is 'Who sees the team sees who is invited.';

-- The secret of an invitation's mail, as its hash; made when the mail is sent, gone when the invitation is closed.
create table private.invitation_tokens (
  tenant_id uuid not null,
  invitation_id uuid not null,
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  primary key (tenant_id, invitation_id),
  foreign key (tenant_id, invitation_id) references public.invitations (tenant_id, id) on delete cascade
);
alter table private.invitation_tokens enable row level security;
alter table private.invitation_tokens force row level security;

-- An owner offers another member the clinic; who accepts becomes owner, and who offered an administrator.
create table public.ownership_transfers (
  id uuid not null default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  from_membership uuid not null,
  to_membership uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '7 days',
  primary key (tenant_id, id),
  -- One at a time.
  unique (tenant_id),
  foreign key (tenant_id, from_membership) references public.memberships (tenant_id, id) on delete cascade,
  foreign key (tenant_id, to_membership) references public.memberships (tenant_id, id) on delete cascade
);
create index ownership_transfers_from_idx on public.ownership_transfers (tenant_id, from_membership);
create index ownership_transfers_to_idx on public.ownership_transfers (tenant_id, to_membership);
alter table public.ownership_transfers enable row level security;
alter table public.ownership_transfers force row level security;
grant select on public.ownership_transfers to authenticated;
create policy ownership_transfers_select on public.ownership_transfers for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('team.read')));
comment on policy ownership_transfers_select on public.ownership_transfers is 'Who sees the team sees whom the clinic is offered to.';

do $$
begin
  perform private.audit_table('public.invitations');
  perform private.audit_table('public.ownership_transfers');
  -- Who is invited takes a place already: accepting moves it from one table to the other.
  perform private.limit_table('public.invitations', 'users', 'status = ''open''');
end
$$;

-- A closed invitation opens nothing.
create function private.forget_invitation_token() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from private.invitation_tokens where tenant_id = new.tenant_id and invitation_id = new.id;
  return null;
end
$$;
create trigger invitations_forget_token after update of status on public.invitations
  for each row when (new.status <> 'open') execute function private.forget_invitation_token();

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

-- Who leaves, pauses or may no longer invite to a role takes their open invitations along.
create function private.revoke_invitations_of_member() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.invitations i set status = 'revoked'
  where i.tenant_id = old.tenant_id and i.invited_by = old.user_id and i.status = 'open'
    and (tg_op = 'DELETE' or new.status <> 'active'
      or exists (
        select 'team.invite'
        union select permission from public.role_permissions where tenant_id = i.tenant_id and role_id = i.role_id
        except select permission from public.role_permissions where tenant_id = new.tenant_id and role_id = new.role_id));
  return null;
end
$$;
create trigger memberships_revoke_invitations_update after update of role_id, status on public.memberships
  for each row execute function private.revoke_invitations_of_member();
create trigger memberships_revoke_invitations_delete after delete on public.memberships
  for each row execute function private.revoke_invitations_of_member();

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

-- The caller's clinic for a change of the team; refuses whoever may not.
create function private.team_tenant_id(p_permission text) returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.permitted_tenant_id(p_permission);
begin
  if v_tenant is null then
    raise exception 'not allowed' using errcode = '42501';
  end if;
  return v_tenant;
end
$$;

-- A mail to an address that has not asked for it: a clinic sends few of them, an invitation fewer. One that waits is replaced, so
-- that an old link never comes after a new one.
create function private.queue_invitation(p_tenant uuid, p_invitation uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_wait constant integer := greatest(
    private.take_rate_limit('invitation:' || p_invitation, 4, 3600), private.take_rate_limit('invitations:' || p_tenant, 300, 86400));
begin
  if v_wait > 0 then
    raise exception 'too many invitations' using errcode = 'YR001', detail = v_wait::text;
  end if;
  perform graphile_worker.add_job(
    'send_invitation', json_build_object('tenantId', p_tenant, 'invitationId', p_invitation), max_attempts => 10,
    job_key => 'invitation:' || p_invitation);
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

create function private.expire_invitations(p_tenant uuid default null) returns void
language sql volatile security definer set search_path = '' as $$
  update public.invitations set status = 'expired'
  where status = 'open' and expires_at <= now() and (p_tenant is null or tenant_id = p_tenant)
$$;

-- Invites addresses (a JSON array, as text) with one role, all or none. Members and people who are invited already are left as
-- they are and named in the answer: {invited: [], waiting: [], members: []}.
create function private.invite_people(p_emails text, p_role uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.team_tenant_id('team.invite');
  v_emails constant text[] := array(select distinct lower(btrim(e)) from json_array_elements_text(p_emails::json) as e order by 1);
  v_members text[];
  v_waiting text[];
  v_invited text[];
begin
  perform private.assert_verified();
  -- Overlapping lists wait for each other.
  perform pg_advisory_xact_lock(hashtextextended('invite:' || v_tenant, 0));
  if cardinality(v_emails) not between 1 and 100 then
    raise exception 'between 1 and 100 addresses' using errcode = '22023';
  end if;
  perform private.assert_grantable(v_tenant, p_role);
  perform private.expire_invitations(v_tenant);
  v_members := array(
    select lower(u.email) from public.memberships m join auth.users u on u.id = m.user_id
    where m.tenant_id = v_tenant and lower(u.email) = any(v_emails) order by 1);
  v_waiting := array(
    select email from public.invitations where tenant_id = v_tenant and status = 'open' and email = any(v_emails) order by 1);
  with made as (
    insert into public.invitations (tenant_id, email, role_id, invited_by)
    select v_tenant, e, p_role, auth.uid() from unnest(v_emails) as e where e <> all(v_members) and e <> all(v_waiting)
    returning id, email
  )
  select coalesce(array_agg(made.email order by made.email), '{}') into v_invited
  from made, lateral private.queue_invitation(v_tenant, made.id);
  return jsonb_build_object('invited', v_invited, 'waiting', v_waiting, 'members', v_members);
end
$$;

-- Sends an open or expired invitation once more, for seven days from now; the link of the earlier mail works no longer. False
-- when it is closed otherwise, and when the person has joined or was invited anew since.
create function private.resend_invitation(p_invitation uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.team_tenant_id('team.invite');
  v_invitation public.invitations;
begin
  perform private.assert_verified();
  select * into v_invitation from public.invitations
  where tenant_id = v_tenant and id = p_invitation and status in ('open', 'expired') and role_id is not null for update;
  if v_invitation.id is null
    or exists (
      select 1 from public.invitations
      where tenant_id = v_tenant and email = v_invitation.email and status = 'open' and id <> p_invitation)
    or exists (
      select 1 from public.memberships m join auth.users u on u.id = m.user_id
      where m.tenant_id = v_tenant and lower(u.email) = v_invitation.email)
  then
    return false;
  end if;
  perform private.assert_grantable(v_tenant, v_invitation.role_id);
  delete from private.invitation_tokens where tenant_id = v_tenant and invitation_id = p_invitation;
  -- From now on it is the invitation of who sent it last.
  update public.invitations set status = 'open', expires_at = now() + interval '7 days', invited_by = auth.uid()
  where tenant_id = v_tenant and id = p_invitation;
  perform private.queue_invitation(v_tenant, p_invitation);
  return true;
end
$$;

create function private.revoke_invitation(p_invitation uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.team_tenant_id('team.invite');
begin
  update public.invitations set status = 'revoked' where tenant_id = v_tenant and id = p_invitation and status in ('open', 'expired');
  return found;
end
$$;

-- Keeps the hash of the token that the mail is about to hold. Called by the mail job only.
create function private.issue_invitation_token(p_tenant uuid, p_invitation uuid, p_token_hash bytea) returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.invitation_tokens (tenant_id, invitation_id, token_hash)
  select tenant_id, id, p_token_hash from public.invitations where tenant_id = p_tenant and id = p_invitation and status = 'open'
  on conflict (tenant_id, invitation_id) do update set token_hash = excluded.token_hash
$$;

-- The open invitation behind a token, at the clinic of this name. Nobody joins under a hold: it may be there to keep somebody out.
create function private.invitation_of_token(p_slug text, p_token text) returns public.invitations
language sql stable security definer set search_path = '' as $$
  select i.*
  from private.invitation_tokens k
  join public.invitations i on i.tenant_id = k.tenant_id and i.id = k.invitation_id
  join public.tenants t on t.id = i.tenant_id
  where k.token_hash = sha256(convert_to(p_token, 'UTF8')) and t.slug = p_slug and t.status = 'active'
    and i.status = 'open' and i.expires_at > now()
    and not exists (select 1 from public.tenant_holds h where h.tenant_id = t.id and h.lifted_at is null)
$$;

-- What the invited person needs to know, or null. An account without a profile belongs to nobody yet.
create function private.open_invitation(p_slug text, p_token text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'email', i.email,
    'role', r.name,
    'invited_by', (select full_name from public.profiles where user_id = i.invited_by),
    'has_account', exists (
      select 1 from auth.users u join public.profiles p on p.user_id = u.id where lower(u.email) = i.email and not u.is_sso_user))
  from private.invitation_of_token(p_slug, p_token) as i
  join public.roles r on r.tenant_id = i.tenant_id and r.id = i.role_id
$$;

-- Makes room for the account of an invited address: what somebody else may have made under it goes. Answers the address, or null.
-- The token is the proof, so anybody may call.
create function private.claim_invited_address(p_slug text, p_token text) returns text
language plpgsql security definer set search_path = '' as $$
declare
  v_email constant text := (private.invitation_of_token(p_slug, p_token)).email;
begin
  if v_email is not null then
    perform private.lock_account(v_email);
    perform private.delete_unclaimed_account(v_email);
  end if;
  return v_email;
end
$$;

-- Makes the caller a member by the token of a mail to their address, which confirms the address too. False when the link has been
-- used, has run out, or is for another address. Of many at once one succeeds: the invitation's row decides.
create function private.accept_invitation(p_slug text, p_token text, p_full_name text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_email text := (select lower(email) from auth.users where id = auth.uid() and not is_sso_user);
  v_invitation public.invitations;
begin
  -- Whoever wants to claim or remove the account waits, and whoever did so has done it.
  perform private.lock_account(v_email);
  v_email := (select lower(email) from auth.users where id = v_user and not is_sso_user);
  if v_email is null or not private.session_alive(private.session_id(), v_user) then
    return false;
  end if;
  v_invitation := private.invitation_of_token(p_slug, p_token);
  -- In the order in which deleting a role locks them.
  perform 1 from public.roles where tenant_id = v_invitation.tenant_id and id = v_invitation.role_id for key share;
  update public.invitations set status = 'accepted'
  where tenant_id = v_invitation.tenant_id and id = v_invitation.id and status = 'open' and email = v_email
  returning * into v_invitation;
  if not found then
    return false;
  end if;
  if exists (select 1 from public.profiles where user_id = v_user) then
    update public.profiles set email_verified_at = now() where user_id = v_user and email_verified_at is null;
    if found then
      perform private.write_audit(m.tenant_id, 'profiles.email_verified', m.id) from public.memberships m where m.user_id = v_user;
    end if;
  else
    insert into public.profiles (user_id, full_name, email_verified_at) values (v_user, p_full_name, now());
  end if;
  insert into public.memberships (tenant_id, user_id, role_id) values (v_invitation.tenant_id, v_user, v_invitation.role_id)
  on conflict (tenant_id, user_id) do nothing;
  return true;
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
  v_tenant constant uuid := private.team_tenant_id('team.update');
begin
  perform private.changeable_member(v_tenant, p_membership);
  perform private.assert_grantable(v_tenant, p_role);
  update public.memberships set role_id = p_role where tenant_id = v_tenant and id = p_membership;
end
$$;

-- Pauses a membership, which ends its sessions, or lets it go on.
create function private.set_member_status(p_membership uuid, p_status text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.team_tenant_id('team.update');
begin
  perform private.changeable_member(v_tenant, p_membership);
  -- A place that an invitation held in vain is free.
  perform private.expire_invitations(v_tenant);
  update public.memberships set status = p_status where tenant_id = v_tenant and id = p_membership;
end
$$;

create function private.remove_member(p_membership uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.team_tenant_id('team.remove');
begin
  perform private.changeable_member(v_tenant, p_membership);
  delete from public.memberships where tenant_id = v_tenant and id = p_membership;
end
$$;

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
  v_tenant constant uuid := private.team_tenant_id('team.update');
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

-- The roles of the caller's clinic for those who give or look at them, the clinic's own after the fixed ones: how many people have
-- each or are invited to it, and whether the caller may give it.
create function private.list_roles() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := coalesce(
    private.permitted_tenant_id('roles.read'), private.permitted_tenant_id('team.invite'), private.permitted_tenant_id('team.update'));
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

-- The people of the caller's clinic: at most 200 that match, and how many there are.
create function private.list_team(p_search text, p_role uuid, p_status text) returns jsonb
language sql stable security definer set search_path = '' as $$
  with found as (
    select m.id, p.full_name, u.email, r.name as role, m.status, m.user_id = auth.uid() as is_self,
      (select max(s.last_seen_at) from private.tenant_sessions s where s.tenant_id = m.tenant_id and s.user_id = m.user_id) as last_seen_at
    from public.memberships m
    join auth.users u on u.id = m.user_id
    join public.profiles p on p.user_id = m.user_id
    join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    where m.tenant_id = private.permitted_tenant_id('team.read')
      and (p_role is null or m.role_id = p_role)
      and (p_status is null or m.status = p_status)
      and position(private.fold(coalesce(p_search, '')) in private.fold(p.full_name || ' ' || u.email)) > 0
  )
  select jsonb_build_object(
    'total', (select count(*) from found),
    'rows', (select coalesce(jsonb_agg(f order by private.fold(f.full_name), f.id), '[]')
             from (select * from found order by private.fold(full_name), id limit 200) as f))
$$;

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

-- The clinic's invitations to addresses that match, at most 300, the open ones first, then the newest; and how many there are.
-- Open ones that have run out count as expired before the sweep says so.
create function private.list_invitations(p_search text) returns jsonb
language sql stable security definer set search_path = '' as $$
  with found as (
    select v.id, v.email, r.name as role, p.full_name as invited_by, v.created_at, v.expires_at,
      case when v.status = 'open' and v.expires_at <= now() then 'expired' else v.status end as status
    from public.invitations v
    left join public.roles r on r.tenant_id = v.tenant_id and r.id = v.role_id
    left join public.profiles p on p.user_id = v.invited_by
    where v.tenant_id = private.permitted_tenant_id('team.read') and position(lower(coalesce(p_search, '')) in v.email) > 0
  )
  select jsonb_build_object(
    'total', (select count(*) from found),
    'open', (select count(*) from found where status = 'open'),
    'rows', (
      select coalesce(jsonb_agg(f order by (f.status = 'open') desc, f.created_at desc, f.id), '[]')
      from (select * from found order by (status = 'open') desc, created_at desc, id limit 300) as f))
$$;

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

-- Ends one session of a member, or all; answers how many ended. Nobody has to outrank a member to end what may be a thief's, but
-- nobody keeps out by it, again and again, those who could stop them.
create function private.end_member_sessions(p_membership uuid, p_session uuid) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.team_tenant_id('team.update');
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

create function private.may_reset_at(p_tenant uuid, p_user uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.memberships where tenant_id = p_tenant and user_id = p_user and status = 'active')
    or exists (
      select 1 from public.invitations i join auth.users u on u.id = p_user and lower(u.email) = i.email
      where i.tenant_id = p_tenant and i.status = 'open' and i.expires_at > now()
        -- An administrator of the platform comes back by a link from its terminal.
        and not exists (select 1 from private.platform_admins a where a.user_id = p_user and a.removed_at is null))
$$;

-- Who is invited may set a new password, too, at the clinic that invites them.
create or replace function private.request_password_reset(p_slug text, p_email text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant uuid;
  v_user uuid;
begin
  select t.id, u.id into v_tenant, v_user
  from public.tenants t
  join auth.users u on lower(u.email) = lower(p_email)
  join public.profiles p on p.user_id = u.id
  where t.slug = p_slug and t.status = 'active' and private.may_reset_at(t.id, u.id);
  if v_user is not null and private.take_rate_limit('reset-mail:' || v_user, 3, 3600) = 0 then
    perform private.queue_mail('reset_password', v_tenant, v_user);
  end if;
end
$$;

create function public.invite_people(p_emails text, p_role uuid) returns jsonb
language sql volatile set search_path = '' as $$ select private.invite_people(p_emails, p_role) $$;
create function public.resend_invitation(p_invitation uuid) returns boolean
language sql volatile set search_path = '' as $$ select private.resend_invitation(p_invitation) $$;
create function public.revoke_invitation(p_invitation uuid) returns boolean
language sql volatile set search_path = '' as $$ select private.revoke_invitation(p_invitation) $$;
create function public.open_invitation(p_slug text, p_token text) returns jsonb
language sql stable set search_path = '' as $$ select private.open_invitation(p_slug, p_token) $$;
create function public.claim_invited_address(p_slug text, p_token text) returns text
language sql volatile set search_path = '' as $$ select private.claim_invited_address(p_slug, p_token) $$;
create function public.accept_invitation(p_slug text, p_token text, p_full_name text) returns boolean
language sql volatile set search_path = '' as $$ select private.accept_invitation(p_slug, p_token, p_full_name) $$;
create function public.change_member_role(p_membership uuid, p_role uuid) returns void
language sql volatile set search_path = '' as $$ select private.change_member_role(p_membership, p_role) $$;
create function public.set_member_status(p_membership uuid, p_status text) returns void
language sql volatile set search_path = '' as $$ select private.set_member_status(p_membership, p_status) $$;
create function public.remove_member(p_membership uuid) returns void
language sql volatile set search_path = '' as $$ select private.remove_member(p_membership) $$;
create function public.offer_ownership(p_membership uuid) returns void
language sql volatile set search_path = '' as $$ select private.offer_ownership(p_membership) $$;
create function public.end_ownership_offer() returns boolean
language sql volatile set search_path = '' as $$ select private.end_ownership_offer() $$;
create function public.accept_ownership() returns boolean
language sql volatile set search_path = '' as $$ select private.accept_ownership() $$;
create function public.list_roles() returns jsonb
language sql stable set search_path = '' as $$ select private.list_roles() $$;
create function public.list_invitations(p_search text default '') returns jsonb
language sql stable set search_path = '' as $$ select private.list_invitations(p_search) $$;
create function public.find_ownership_offer() returns jsonb
language sql stable set search_path = '' as $$ select private.find_ownership_offer() $$;
create function public.list_team(p_search text default '', p_role uuid default null, p_status text default null) returns jsonb
language sql stable set search_path = '' as $$ select private.list_team(p_search, p_role, p_status) $$;
create function public.find_member(p_membership uuid) returns jsonb
language sql stable set search_path = '' as $$ select private.find_member(p_membership) $$;
create function public.end_member_sessions(p_membership uuid, p_session uuid default null) returns integer
language sql volatile set search_path = '' as $$ select private.end_member_sessions(p_membership, p_session) $$;

grant execute on function
  private.open_invitation(text, text), public.open_invitation(text, text),
  private.claim_invited_address(text, text), public.claim_invited_address(text, text)
to anon, authenticated;
grant execute on function
  private.invite_people(text, uuid), public.invite_people(text, uuid),
  private.resend_invitation(uuid), public.resend_invitation(uuid),
  private.revoke_invitation(uuid), public.revoke_invitation(uuid),
  private.accept_invitation(text, text, text), public.accept_invitation(text, text, text),
  private.change_member_role(uuid, uuid), public.change_member_role(uuid, uuid),
  private.set_member_status(uuid, text), public.set_member_status(uuid, text),
  private.remove_member(uuid), public.remove_member(uuid),
  private.offer_ownership(uuid), public.offer_ownership(uuid),
  private.end_ownership_offer(), public.end_ownership_offer(),
  private.accept_ownership(), public.accept_ownership(),
  private.list_roles(), public.list_roles(),
  private.list_invitations(text), public.list_invitations(text),
  private.find_ownership_offer(), public.find_ownership_offer(),
  private.list_team(text, uuid, text), public.list_team(text, uuid, text),
  private.find_member(uuid), public.find_member(uuid),
  private.end_member_sessions(uuid, uuid), public.end_member_sessions(uuid, uuid)
to authenticated;
