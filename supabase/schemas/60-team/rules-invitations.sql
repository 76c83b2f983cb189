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
  v_tenant constant uuid := private.require_tenant('team.invite');
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

create function public.invite_people(p_emails text, p_role uuid) returns jsonb
language sql volatile set search_path = '' as $$ select private.invite_people(p_emails, p_role) $$;

-- Sends an open or expired invitation once more, for seven days from now; the link of the earlier mail works no longer. False
-- when it is closed otherwise, and when the person has joined or was invited anew since.
create function private.resend_invitation(p_invitation uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.invite');
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

create function public.resend_invitation(p_invitation uuid) returns boolean
language sql volatile set search_path = '' as $$ select private.resend_invitation(p_invitation) $$;

create function private.revoke_invitation(p_invitation uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.invite');
begin
  update public.invitations set status = 'revoked' where tenant_id = v_tenant and id = p_invitation and status in ('open', 'expired');
  return found;
end
$$;

create function public.revoke_invitation(p_invitation uuid) returns boolean
language sql volatile set search_path = '' as $$ select private.revoke_invitation(p_invitation) $$;

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

create function public.open_invitation(p_slug text, p_token text) returns jsonb
language sql stable set search_path = '' as $$ select private.open_invitation(p_slug, p_token) $$;

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

create function public.claim_invited_address(p_slug text, p_token text) returns text
language sql volatile set search_path = '' as $$ select private.claim_invited_address(p_slug, p_token) $$;

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

create function public.accept_invitation(p_slug text, p_token text, p_full_name text) returns boolean
language sql volatile set search_path = '' as $$ select private.accept_invitation(p_slug, p_token, p_full_name) $$;

-- The clinic's invitations to addresses that match, at most 300, the open ones first, then the newest; and how many there are.
-- Open ones that have run out count as expired before the sweep says so.
create function private.list_invitations(p_search text) returns jsonb
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

create function public.list_invitations(p_search text default '') returns jsonb
language sql stable set search_path = '' as $$ select private.list_invitations(p_search) $$;

grant execute on function
  private.invite_people(text, uuid), public.invite_people(text, uuid),
  private.resend_invitation(uuid), public.resend_invitation(uuid),
  private.revoke_invitation(uuid), public.revoke_invitation(uuid),
  private.accept_invitation(text, text, text), public.accept_invitation(text, text, text),
  private.list_invitations(text), public.list_invitations(text)
to authenticated;

grant execute on function
  private.open_invitation(text, text), public.open_invitation(text, text),
  private.claim_invited_address(text, text), public.claim_invited_address(text, text)
to anon, authenticated;
