create policy tenant_holds_select on public.tenant_holds for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('billing.update')));
comment on policy tenant_holds_select on public.tenant_holds is 'Who runs the account sees past holds.';

create policy tenant_domains_select on public.tenant_domains for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('settings.read')));
comment on policy tenant_domains_select on public.tenant_domains is 'Who sees the settings sees the clinic''s domains.';

create policy tenant_agreements_select on public.tenant_agreements for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('settings.read')));
comment on policy tenant_agreements_select on public.tenant_agreements is 'Who sees the settings sees what was accepted.';

-- A released name rests for twelve months, so that old links and mails do not reach a stranger.
create function private.rest_released_name() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.reserved_names (name, until) values (old.slug, now() + interval '12 months')
  on conflict (name) do update set until = excluded.until where private.reserved_names.until is not null;
  return null;
end
$$;

create trigger tenants_rest_deleted_name after delete on public.tenants
  for each row execute function private.rest_released_name();

create trigger tenants_rest_changed_name after update of slug on public.tenants
  for each row when (old.slug is distinct from new.slug) execute function private.rest_released_name();

-- 'available', or why not: 'malformed', 'reserved', 'taken'.
create function private.subdomain_status(p_slug text) returns text
language sql stable security definer set search_path = '' as $$
  select case
    when p_slug is null or p_slug !~ '^[a-z0-9]([a-z0-9-]{1,61})[a-z0-9]$' or p_slug ~ '^xn--' then 'malformed'
    when exists (select 1 from public.tenants where slug = p_slug) then 'taken'
    when exists (select 1 from private.reserved_names where name = p_slug and (until is null or until > now())) then 'reserved'
    when exists (
      select 1 from private.signup_reservations where slug = p_slug and tenant_id is null and expires_at > now()
    ) then 'taken'
    else 'available'
  end
$$;

create function public.subdomain_status(p_slug text) returns text
language sql stable set search_path = '' as $$
  select private.subdomain_status(p_slug)
$$;

-- Deletes an account that belongs to nobody: no profile, which provisioning makes, and no sign-up under way. Somebody may have made it to
-- keep its address from its owner, or a sign-up died after making it. An administrator's has no profile either, yet it is claimed.
create function private.delete_unclaimed_account(p_email text) returns void
language sql security definer set search_path = '' as $$
  delete from auth.users u
  where lower(u.email) = p_email
    and not exists (select 1 from public.profiles p where p.user_id = u.id)
    and not exists (select 1 from private.platform_admins a where a.user_id = u.id)
    and not exists (
      select 1 from private.signup_reservations r where r.email = p_email and r.tenant_id is null and r.expires_at > now()
    )
$$;

-- Sign-ups of one address wait for each other where accounts are deleted or claimed.
create function private.lock_account(p_email text) returns void
language sql set search_path = '' as $$
  select pg_advisory_xact_lock(hashtextextended('account:' || p_email, 0))
$$;

-- Removes what an unfinished sign-up left: the reservation, its job, and the account if it belongs nowhere.
create function private.abandon_signup(p_reservation uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_email constant text := (select email from private.signup_reservations where id = p_reservation and tenant_id is null);
begin
  if v_email is null then
    return;
  end if;
  perform private.lock_account(v_email);
  delete from private.signup_reservations where id = p_reservation and tenant_id is null;
  if found then
    perform graphile_worker.remove_job('signup:' || p_reservation);
    perform private.delete_unclaimed_account(v_email);
  end if;
end
$$;

create function public.abandon_signup(p_reservation uuid) returns void
language sql volatile set search_path = '' as $$
  select private.abandon_signup(p_reservation)
$$;

-- The job behind abandon_signup leaves a reservation alone that is still alive.
create function private.sweep_signup(p_reservation uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select 1 from private.signup_reservations where id = p_reservation and expires_at <= now()) then
    perform private.abandon_signup(p_reservation);
  end if;
end
$$;

-- Holds a name. Answers {status: reserved|malformed|reserved_name|taken|replay|in_flight, reservation_id?, tenant_id?}.
create function private.reserve_subdomain(p_slug text, p_email text, p_idempotency_key_hash text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_earlier private.signup_reservations;
  v_id uuid;
  v_status text;
begin
  -- Sign-ups for one name, and repeats of one request, wait for each other here.
  perform pg_advisory_xact_lock(hashtextextended('signup:' || p_slug, 0));
  if p_idempotency_key_hash is not null then
    perform pg_advisory_xact_lock(hashtextextended('idempotency:' || p_idempotency_key_hash, 0));
    select * into v_earlier from private.signup_reservations where idempotency_key_hash = p_idempotency_key_hash;
    if v_earlier.tenant_id is not null and v_earlier.slug = p_slug and v_earlier.email = p_email then
      return jsonb_build_object('status', 'replay', 'tenant_id', v_earlier.tenant_id);
    elsif v_earlier.tenant_id is not null or v_earlier.expires_at > now() then
      return jsonb_build_object('status', 'in_flight');
    elsif v_earlier.id is not null then
      perform private.abandon_signup(v_earlier.id);
    end if;
  end if;
  v_status := private.subdomain_status(p_slug);
  if v_status <> 'available' then
    return jsonb_build_object('status', case v_status when 'reserved' then 'reserved_name' else v_status end);
  end if;
  perform private.abandon_signup(r.id) from private.signup_reservations r where r.slug = p_slug and r.tenant_id is null;
  perform private.lock_account(p_email);
  perform private.delete_unclaimed_account(p_email);
  insert into private.signup_reservations (slug, email, idempotency_key_hash)
  values (p_slug, p_email, p_idempotency_key_hash)
  returning id into v_id;
  perform graphile_worker.add_job(
    'sweep_signup', json_build_object('reservationId', v_id), run_at => now() + interval '60 seconds', job_key => 'signup:' || v_id);
  return jsonb_build_object('status', 'reserved', 'reservation_id', v_id);
end
$$;

create function public.reserve_subdomain(p_slug text, p_email text, p_idempotency_key_hash text default null) returns jsonb
language sql volatile set search_path = '' as $$
  select private.reserve_subdomain(p_slug, p_email, p_idempotency_key_hash)
$$;

-- Everything of a new clinic in one transaction; fails whole when the reservation has run out.
-- p_agreements is a JSON object of document and version, as text.
create function private.provision_tenant(
  p_reservation uuid, p_user uuid, p_name text, p_admin_name text, p_time_zone text,
  p_agreements text, p_handoff_hash text, p_handoff_payload text
) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
  v_reservation private.signup_reservations;
  v_tenant uuid;
begin
  perform private.lock_account(email) from private.signup_reservations where id = p_reservation;
  select * into v_reservation from private.signup_reservations
  where id = p_reservation and tenant_id is null and expires_at > clock_timestamp() for update;
  if v_reservation.id is null then
    raise exception 'the reservation has run out' using errcode = 'YP001';
  end if;

  perform set_config('yourcrm.actor', p_user::text, true);
  insert into public.tenants (slug, name, time_zone) values (v_reservation.slug, p_name, p_time_zone) returning id into v_tenant;
  insert into public.tenant_settings (tenant_id, contact_email) values (v_tenant, v_reservation.email);
  insert into public.tenant_subscriptions (tenant_id, plan_id, status, trial_ends_at)
  select v_tenant, id, 'trialing', now() + private.trial_length() from public.plans where key = 'professional' order by version desc limit 1;
  insert into public.usage_counters (tenant_id, metric, period) values (v_tenant, 'users', 'total'), (v_tenant, 'patients', 'total');
  insert into public.tenant_agreements (tenant_id, user_id, document, document_version)
  select v_tenant, p_user, a.key, a.value from json_each_text(p_agreements::json) as a;
  insert into public.roles (tenant_id, key, name, is_system) select v_tenant, key, name, true from public.system_roles;
  insert into public.role_permissions (tenant_id, role_id, permission)
  select v_tenant, r.id, s.permission
  from public.roles r join public.system_role_permissions s on s.role_key = r.key
  where r.tenant_id = v_tenant;

  insert into public.profiles (user_id, full_name) values (p_user, p_admin_name) on conflict (user_id) do nothing;
  insert into public.memberships (tenant_id, user_id, role_id)
  select v_tenant, p_user, id from public.roles where tenant_id = v_tenant and key = 'owner';

  insert into private.handoff_codes (code_hash, tenant_id, payload) values (decode(p_handoff_hash, 'hex'), v_tenant, p_handoff_payload);
  perform private.queue_mail('welcome', v_tenant, p_user);
  if exists (select 1 from public.profiles where user_id = p_user and email_verified_at is null) then
    perform private.queue_mail('verify_email', v_tenant, p_user);
  end if;
  perform graphile_worker.remove_job('signup:' || p_reservation);

  if v_reservation.idempotency_key_hash is null then
    delete from private.signup_reservations where id = p_reservation;
  else
    update private.signup_reservations set tenant_id = v_tenant, expires_at = now() + interval '24 hours' where id = p_reservation;
  end if;
  return v_tenant;
end
$$;

create function public.provision_tenant(
  p_reservation uuid, p_user uuid, p_name text, p_admin_name text, p_time_zone text,
  p_agreements text, p_handoff_hash text, p_handoff_payload text
) returns uuid
language sql volatile set search_path = '' as $$
  select private.provision_tenant(p_reservation, p_user, p_name, p_admin_name, p_time_zone, p_agreements, p_handoff_hash, p_handoff_payload)
$$;

-- Queues a mail with the clinics of an address that has any; silent either way, at most three an hour and six a day per account.
-- The app counts the asking clients, so only the app may call it.
create function private.request_clinic_list(p_email text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_user uuid;
begin
  select u.id into v_user from auth.users u
  where lower(u.email) = lower(p_email)
    and exists (
      select 1 from public.memberships m join public.tenants t on t.id = m.tenant_id
      where m.user_id = u.id and m.status = 'active' and t.status = 'active');
  if v_user is not null and private.take_rate_limit('clinic-list:' || v_user, 3, 3600) = 0
    and private.take_rate_limit('clinic-list-day:' || v_user, 6, 86400) = 0 then
    perform graphile_worker.add_job('send_clinic_list', json_build_object('userId', v_user));
  end if;
end
$$;

create function public.request_clinic_list(p_email text) returns void
language sql volatile set search_path = '' as $$
  select private.request_clinic_list(p_email)
$$;

-- Whether a member runs the clinic's account: such people are let in under a hold, to pay or to ask.
create function private.runs_account(p_tenant uuid, p_user uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select 1
    from public.memberships m
    join public.role_permissions rp on rp.tenant_id = m.tenant_id and rp.role_id = m.role_id and rp.permission = 'billing.update'
    where m.tenant_id = p_tenant and m.user_id = p_user and m.status = 'active')
$$;

-- What a new hold stops at once: the sessions of those who only work here, all of them where safety asks for it, and
-- imports that wait for their turn; those can be decided anew afterwards.
create function private.stop_work_under_hold() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform private.end_sessions(array(
    select s.session_id from private.tenant_sessions s
    where s.tenant_id = new.tenant_id and s.ended_at is null
      and (new.kind = 'security' or not private.runs_account(s.tenant_id, s.user_id))));
  -- One that is being written ends in its own time: a hold does not wait for it.
  update public.patient_imports set status = 'checked'
  where id in (select id from public.patient_imports where tenant_id = new.tenant_id and status = 'importing' for update skip locked);
  return null;
end
$$;

create trigger tenant_holds_stop_work after insert on public.tenant_holds
  for each row when (new.lifted_at is null) execute function private.stop_work_under_hold();

create trigger tenant_holds_tell_stripe after insert or update of lifted_at on public.tenant_holds
  for each row execute function private.tell_stripe_of_hold();

grant execute on function
  private.subdomain_status(text), public.subdomain_status(text)
to anon, authenticated, service_role;

grant execute on function
  private.abandon_signup(uuid), public.abandon_signup(uuid),
  private.reserve_subdomain(text, text, text), public.reserve_subdomain(text, text, text),
  private.provision_tenant(uuid, uuid, text, text, text, text, text, text), public.provision_tenant(uuid, uuid, text, text, text, text, text, text),
  private.request_clinic_list(text), public.request_clinic_list(text)
to service_role;

do $$
begin
  perform private.audit_table('public.tenant_holds');
  perform private.audit_table('public.tenant_domains');
  perform private.audit_table('public.tenant_agreements');
end
$$;
