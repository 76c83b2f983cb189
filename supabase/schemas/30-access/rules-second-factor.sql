-- What the product knows, whatever Auth has: with a session of the second level a factor can be deleted there past the product.
create function private.has_second_factor(p_user uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select 1 from private.second_factors s where s.user_id = p_user)
$$;

-- From when on a person's sessions at a clinic need the second factor: at once for who has one, else as the clinic requires.
create function private.second_factor_due(p_tenant uuid, p_user uuid) returns timestamptz
language sql stable security definer set search_path = '' as $$
  select case
    when private.has_second_factor(p_user) then '-infinity'::timestamptz
    else (
      select coalesce(c.second_factor_from::timestamp at time zone t.time_zone, '-infinity')
      from public.tenant_settings c
      join public.tenants t on t.id = c.tenant_id
      left join public.memberships m on m.tenant_id = c.tenant_id and m.user_id = p_user
      left join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
      where c.tenant_id = p_tenant and (c.second_factor = 'everyone' or (c.second_factor = 'roles' and r.needs_second_factor)))
  end
$$;

-- Open sessions follow what the clinic and the person have changed.
create function private.refresh_second_factor_due(p_tenant uuid, p_user uuid default null) returns void
language sql volatile security definer set search_path = '' as $$
  update private.tenant_sessions s set second_factor_due = private.second_factor_due(s.tenant_id, s.user_id)
  where s.ended_at is null and (p_tenant is null or s.tenant_id = p_tenant) and (p_user is null or s.user_id = p_user)
    and s.second_factor_due is distinct from private.second_factor_due(s.tenant_id, s.user_id)
$$;

create function private.follow_second_factor() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_table_name = 'memberships' then
    perform private.refresh_second_factor_due(new.tenant_id, new.user_id);
  else
    perform private.refresh_second_factor_due(new.tenant_id);
  end if;
  return null;
end
$$;

create trigger roles_follow_second_factor after update of needs_second_factor on public.roles
  for each row when (old.needs_second_factor <> new.needs_second_factor) execute function private.follow_second_factor();

create trigger memberships_follow_second_factor after update of role_id on public.memberships
  for each row when (old.role_id <> new.role_id) execute function private.follow_second_factor();

-- Where some roles need it, a new one does until somebody says otherwise.
create function private.require_of_new_role() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  new.needs_second_factor := exists (select 1 from public.tenant_settings where tenant_id = new.tenant_id and second_factor = 'roles');
  return new;
end
$$;

create trigger roles_require_second_factor before insert on public.roles for each row execute function private.require_of_new_role();

-- The caller's bound session at a clinic that is alive, whether the second factor was proven in it or not.
create function private.bound_session() returns private.tenant_sessions
language sql stable security definer set search_path = '' as $$
  select s from private.tenant_sessions s
  where s.session_id = private.session_id() and s.user_id = auth.uid() and private.session_runs_out(s) > now()
    and private.session_alive(s.session_id, s.user_id)
$$;

-- Whoever has a second factor must have proven it within the last ten minutes (OWASP ASVS 7.5.3).
create function private.assert_step_up() returns void
language plpgsql stable security definer set search_path = '' as $$
declare
  v_session private.tenant_sessions;
begin
  if private.has_second_factor(auth.uid()) then
    v_session := private.bound_session();
    if v_session.aal is distinct from 'aal2' or coalesce(v_session.proven_at, '-infinity') < now() - interval '10 minutes' then
      raise exception 'the second factor has to be proven once more' using errcode = 'YS001';
    end if;
  end if;
end
$$;

-- On tables, so that no way to change rights leads past it; jobs and sign-ups have no caller.
create function private.require_step_up() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if auth.uid() is not null then
    perform private.assert_step_up();
  end if;
  return null;
end
$$;

create trigger roles_step_up before insert or update or delete on public.roles for each statement execute function private.require_step_up();

create trigger role_permissions_step_up before insert or update or delete on public.role_permissions for each statement execute function private.require_step_up();

create trigger memberships_step_up before update of role_id on public.memberships for each statement execute function private.require_step_up();

create trigger memberships_step_up_back after update of status on public.memberships for each row
  when (old.status <> 'active' and new.status = 'active') execute function private.require_step_up();

-- Notes what somebody did to their own account in the logs of all their clinics, also where the app or Auth does it for them.
create function private.note_for_memberships(p_user uuid, p_action text) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  if auth.uid() is null then
    perform set_config('yourcrm.actor', p_user::text, true);
  end if;
  perform private.write_audit(m.tenant_id, p_action, m.id) from public.memberships m where m.user_id = p_user;
end
$$;

-- Notes that a session has proven the second factor. The app calls it after it has counted, checked and spent the code; Auth alone
-- would let codes be guessed and repeated.
create function private.prove_second_factor(p_session uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_session private.tenant_sessions;
begin
  update private.tenant_sessions set aal = 'aal2', proven_at = now(), last_seen_at = now()
  where session_id = p_session and ended_at is null and private.has_second_factor(user_id)
  returning * into v_session;
  if v_session.session_id is null or not private.session_alive(p_session, v_session.user_id) then
    return false;
  end if;
  perform set_config('yourcrm.actor', v_session.user_id::text, true);
  perform private.write_audit(v_session.tenant_id, 'sessions.proven', p_session);
  return true;
end
$$;

create function public.prove_second_factor(p_session uuid) returns boolean
language sql volatile set search_path = '' as $$ select private.prove_second_factor(p_session) $$;

create function private.save_recovery_codes(p_user uuid, p_hashes text) returns void
language sql volatile security definer set search_path = '' as $$
  delete from private.recovery_codes where user_id = p_user;
  insert into private.recovery_codes (user_id, code_hash) select p_user, decode(h, 'hex') from json_array_elements_text(p_hashes::json) as h;
$$;

-- Makes a factor that was just proven the person's, with its recovery codes (a JSON array of hashes, hex). The app calls it.
create function private.enable_second_factor(p_session uuid, p_factor uuid, p_hashes text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_session private.tenant_sessions;
begin
  select * into v_session from private.tenant_sessions where session_id = p_session and ended_at is null;
  if v_session.session_id is null or not private.session_alive(p_session, v_session.user_id) or private.has_second_factor(v_session.user_id)
    or not exists (select 1 from auth.mfa_factors where id = p_factor and user_id = v_session.user_id and status::text = 'verified')
  then
    return false;
  end if;
  insert into private.second_factors (user_id, factor_id) values (v_session.user_id, p_factor) on conflict do nothing;
  if not found then
    return false;
  end if;
  delete from auth.mfa_factors where user_id = v_session.user_id and id <> p_factor;
  perform private.save_recovery_codes(v_session.user_id, p_hashes);
  update private.tenant_sessions set aal = 'aal2', proven_at = now(), last_seen_at = now() where session_id = p_session;
  perform private.refresh_second_factor_due(null, v_session.user_id);
  perform private.note_for_memberships(v_session.user_id, 'profiles.second_factor_added');
  perform private.queue_mail('second_factor_added', v_session.tenant_id, v_session.user_id);
  return true;
end
$$;

create function public.enable_second_factor(p_session uuid, p_factor uuid, p_hashes text) returns boolean
language sql volatile set search_path = '' as $$ select private.enable_second_factor(p_session, p_factor, p_hashes) $$;

-- Takes one of a person's recovery codes, which works once; null when too many were tried. What is counted is the session or the link
-- that tries, so that nobody uses up another's tries: the codes are too long to be guessed.
create function private.take_recovery_code(p_user uuid, p_code text, p_bucket text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  if private.take_rate_limit('recovery-code:' || p_bucket, 10, 3600) > 0 then
    return null;
  end if;
  update private.recovery_codes set used_at = now()
  where user_id = p_user and used_at is null
    and code_hash = sha256(convert_to(upper(regexp_replace(p_code, '[^0-9A-Za-z]', '', 'g')), 'UTF8'));
  return found;
end
$$;

-- Proves the second factor of the caller's session by a recovery code, whatever the token says. Null when they tried too many.
create function private.redeem_recovery_code(p_code text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_session constant private.tenant_sessions := private.bound_session();
  v_taken boolean;
begin
  if v_session.session_id is null then
    return false;
  end if;
  v_taken := private.take_recovery_code(v_session.user_id, p_code, v_session.session_id::text);
  if v_taken then
    update private.tenant_sessions set aal = 'aal2', proven_at = now(), last_seen_at = now() where session_id = v_session.session_id;
    -- Auth ends sessions of the first level when a code is proven elsewhere.
    update auth.sessions set aal = 'aal2' where id = v_session.session_id;
    perform private.write_audit(v_session.tenant_id, 'sessions.proven_by_recovery_code', v_session.session_id);
    perform private.queue_mail('recovery_code_used', v_session.tenant_id, v_session.user_id);
  end if;
  return v_taken;
end
$$;

create function public.redeem_recovery_code(p_code text) returns boolean
language sql volatile set search_path = '' as $$ select private.redeem_recovery_code(p_code) $$;

-- New recovery codes in place of the old ones; needs a fresh proof. False without a second factor.
create function private.replace_recovery_codes(p_hashes text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  if private.current_tenant_id() is null or not private.has_second_factor(auth.uid()) then
    return false;
  end if;
  perform private.assert_step_up();
  perform private.save_recovery_codes(auth.uid(), p_hashes);
  perform private.note_for_memberships(auth.uid(), 'profiles.recovery_codes_replaced');
  perform private.queue_mail('recovery_codes_replaced', private.current_tenant_id(), auth.uid());
  return true;
end
$$;

create function public.replace_recovery_codes(p_hashes text) returns boolean
language sql volatile set search_path = '' as $$ select private.replace_recovery_codes(p_hashes) $$;

create function private.drop_second_factor(p_user uuid, p_tenant uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
  delete from private.second_factors where user_id = p_user;
  delete from auth.mfa_factors where user_id = p_user;
  update private.tenant_sessions set aal = 'aal1', proven_at = null where user_id = p_user and ended_at is null;
  perform private.refresh_second_factor_due(null, p_user);
  perform private.note_for_memberships(p_user, 'profiles.second_factor_removed');
  perform private.queue_mail('second_factor_removed', p_tenant, p_user);
end
$$;

-- Takes the caller's second factor off their account; needs a fresh proof. Where the clinic requires one, the next page asks for another.
create function private.remove_second_factor() returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.current_tenant_id();
begin
  if v_tenant is null or not private.has_second_factor(auth.uid()) then
    return false;
  end if;
  perform private.assert_step_up();
  perform private.drop_second_factor(auth.uid(), v_tenant);
  return true;
end
$$;

create function public.remove_second_factor() returns boolean
language sql volatile set search_path = '' as $$ select private.remove_second_factor() $$;

-- What the caller's account has: whether a second factor, since when, and how many recovery codes are left.
create function private.find_second_factor() returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'factor_id', s.factor_id, 'since', s.created_at,
    'codes_left', (select count(*) from private.recovery_codes r where r.user_id = s.user_id and r.used_at is null))
  from private.second_factors s
  where s.user_id = auth.uid() and private.has_second_factor(s.user_id) and (private.bound_session()).session_id is not null
$$;

create function public.find_second_factor() returns jsonb
language sql stable set search_path = '' as $$ select private.find_second_factor() $$;

-- Who must have a second factor: nobody, everyone, or the roles of a JSON array, from a day on. False without the right.
create function private.set_second_factor_rule(p_rule text, p_roles text, p_from date) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.permitted_tenant_id('settings.update');
begin
  if v_tenant is null then
    return false;
  end if;
  perform private.assert_step_up();
  update public.roles r set needs_second_factor = not r.needs_second_factor
  where r.tenant_id = v_tenant
    and r.needs_second_factor <> (p_rule = 'roles' and r.id::text in (select json_array_elements_text(p_roles::json)));
  update public.tenant_settings set second_factor = p_rule, second_factor_from = case when p_rule <> 'optional' then p_from end where tenant_id = v_tenant;
  return true;
end
$$;

create function public.set_second_factor_rule(p_rule text, p_roles text, p_from date default null) returns boolean
language sql volatile set search_path = '' as $$ select private.set_second_factor_rule(p_rule, p_roles, p_from) $$;

-- Factors that were added to the Auth account past the product, or were left half set up: Auth would refuse others beside them.
create function private.forget_stray_factors(p_user uuid) returns void
language sql volatile security definer set search_path = '' as $$
  delete from auth.mfa_factors f
  where f.user_id = p_user and not exists (select 1 from private.second_factors s where s.user_id = p_user and s.factor_id = f.id)
$$;

-- Makes room for an authenticator, and time to set it up. The app calls it when the person has proven the password.
create function private.prepare_second_factor(p_session uuid) returns void
language sql volatile security definer set search_path = '' as $$
  select private.forget_stray_factors(s.user_id) from private.tenant_sessions s where s.session_id = p_session and s.ended_at is null;
  update private.tenant_sessions set last_seen_at = now() where session_id = p_session and ended_at is null;
$$;

create function public.prepare_second_factor(p_session uuid) returns void
language sql volatile set search_path = '' as $$ select private.prepare_second_factor(p_session) $$;

-- Takes the second factor off the account of somebody who has lost phone and codes, and whose identity was checked by other means.
-- Called by whoever may connect to the database. False when there is none.
create function private.reset_second_factor(p_email text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := (select id from auth.users where lower(email) = lower(p_email) and not is_sso_user);
begin
  if v_user is null or not private.has_second_factor(v_user) then
    return false;
  end if;
  perform private.drop_second_factor(v_user, (select m.tenant_id from public.memberships m where m.user_id = v_user order by m.created_at limit 1));
  return true;
end
$$;

-- A reset link proves the mailbox, not the second factor. The app reads whose it is, asks for the code where there is one, and the
-- link is used up by the new password. Sessions of before, and factors that were added past the product, go at once.
create function private.read_password_reset(p_token text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := (select r.user_id from private.password_resets r where r.token_hash = sha256(convert_to(p_token, 'UTF8')) and r.expires_at > now());
begin
  perform private.forget_stray_factors(v_user);
  -- Whoever has a second factor keeps working until the new password is set: the mail alone must not put them out.
  if not private.has_second_factor(v_user) then
    delete from auth.sessions where user_id = v_user;
  end if;
  return (
    select jsonb_build_object('user_id', u.id, 'email', u.email, 'factor_id', s.factor_id)
    from auth.users u left join private.second_factors s on s.user_id = u.id and private.has_second_factor(u.id)
    where u.id = v_user);
end
$$;

create function public.read_password_reset(p_token text) returns jsonb
language sql volatile set search_path = '' as $$ select private.read_password_reset(p_token) $$;

create function private.forget_password_reset() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from private.password_resets where user_id = new.id;
  return null;
end
$$;

create trigger users_forget_password_reset after update of encrypted_password on auth.users
  for each row when (old.encrypted_password is distinct from new.encrypted_password)
  execute function private.forget_password_reset();

-- Who has lost the phone resets the password with a recovery code: the second factor goes with it. Null when they tried too many.
create function private.recover_account(p_token text, p_code text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := (select r.user_id from private.password_resets r where r.token_hash = sha256(convert_to(p_token, 'UTF8')) and r.expires_at > now());
  v_taken boolean;
begin
  if v_user is null then
    return false;
  end if;
  v_taken := private.take_recovery_code(v_user, p_code, encode(sha256(convert_to(p_token, 'UTF8')), 'hex'));
  if v_taken then
    perform private.drop_second_factor(v_user, (select m.tenant_id from public.memberships m where m.user_id = v_user order by m.created_at limit 1));
  end if;
  return v_taken;
end
$$;

create function public.recover_account(p_token text, p_code text) returns boolean
language sql volatile set search_path = '' as $$ select private.recover_account(p_token, p_code) $$;

grant execute on function
  private.prove_second_factor(uuid), public.prove_second_factor(uuid),
  private.enable_second_factor(uuid, uuid, text), public.enable_second_factor(uuid, uuid, text),
  private.prepare_second_factor(uuid), public.prepare_second_factor(uuid),
  private.read_password_reset(text), public.read_password_reset(text),
  private.recover_account(text, text), public.recover_account(text, text)
to service_role;

grant execute on function
  private.redeem_recovery_code(text), public.redeem_recovery_code(text),
  private.replace_recovery_codes(text), public.replace_recovery_codes(text),
  private.remove_second_factor(), public.remove_second_factor(),
  private.find_second_factor(), public.find_second_factor(),
  private.set_second_factor_rule(text, text, date), public.set_second_factor_rule(text, text, date)
to authenticated;
