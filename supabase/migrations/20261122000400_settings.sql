-- A clinic's profile and brand, which its administrators change themselves.
alter table public.tenant_settings
  add column contact_phone text check (char_length(contact_phone) <= 40),
  add column website text check (website ~* '^https?://[^\s]{3,250}$'),
  add column address_line1 text check (char_length(address_line1) <= 200),
  add column address_line2 text check (char_length(address_line2) <= 200),
  add column city text check (char_length(city) <= 100),
  add column region text check (char_length(region) <= 100),
  add column postal_code text check (char_length(postal_code) <= 20),
  add column country text check (country ~ '^[A-Z]{2}$'),
  add column brand_color text check (brand_color ~ '^#[0-9a-f]{6}$'),
  -- The first half of the logo's SHA-256 in hex; names it in addresses, so that a new logo is a new address.
  add column logo_hash text check (logo_hash ~ '^[0-9a-f]{32}$');

grant update (name, time_zone, currency, locale) on public.tenants to authenticated;
create policy tenants_update on public.tenants for update to authenticated
  using (id = (select private.current_tenant_id()) and (select private.can('settings.update')))
  with check (id = (select private.current_tenant_id()) and (select private.can('settings.update')));
comment on policy tenants_update on public.tenants is 'Who may change the settings changes the clinic''s name, zone, currency and language.';

grant update (
  contact_email, contact_phone, website, address_line1, address_line2, city, region, postal_code, country, brand_color,
  session_idle_minutes, session_hours
) on public.tenant_settings to authenticated;
create policy tenant_settings_update on public.tenant_settings for update to authenticated
  using (tenant_id = (select private.current_tenant_id()) and (select private.can('settings.update')))
  with check (tenant_id = (select private.current_tenant_id()) and (select private.can('settings.update')));
comment on policy tenant_settings_update on public.tenant_settings is 'Who may change the settings changes the clinic''s.';

-- An unknown zone raises 22023: pages could not write a time in it.
create function private.check_time_zone() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform now() at time zone new.time_zone;
  return new;
end
$$;
create trigger tenants_check_time_zone before insert or update of time_zone on public.tenants
  for each row execute function private.check_time_zone();

-- Changes the profile in one transaction, by the caller's own rights. Answers false when the policies let nothing through.
create function public.update_clinic_profile(p_profile text) returns boolean
language plpgsql volatile set search_path = '' as $$
declare
  v_tenant constant uuid := private.current_tenant_id();
  p constant jsonb := p_profile::jsonb;
begin
  update public.tenants
  set name = p ->> 'name', time_zone = p ->> 'time_zone', currency = p ->> 'currency', locale = p ->> 'locale'
  where id = v_tenant;
  if not found then
    return false;
  end if;
  update public.tenant_settings
  set contact_email = p ->> 'contact_email', contact_phone = p ->> 'contact_phone', website = p ->> 'website',
    address_line1 = p ->> 'address_line1', address_line2 = p ->> 'address_line2', city = p ->> 'city', region = p ->> 'region',
    postal_code = p ->> 'postal_code', country = p ->> 'country'
  where tenant_id = v_tenant;
  return found;
end
$$;
grant execute on function public.update_clinic_profile(text) to authenticated;

-- A clinic's logo: a small raster image that the app has encoded anew. Anybody may see it, on the sign-in page and in mails.
create table private.tenant_logos (
  tenant_id uuid primary key references public.tenants on delete cascade,
  image bytea not null check (octet_length(image) between 60 and 400000 and substring(image from 1 for 4) = '\x89504e47')
);
alter table private.tenant_logos enable row level security;
alter table private.tenant_logos force row level security;

-- Sets the logo (a PNG in base64), or removes it.
create function private.set_logo(p_image text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.current_tenant_id();
  v_image constant bytea := decode(p_image, 'base64');
begin
  if not private.can('settings.update') then
    raise exception 'changing the settings is not allowed' using errcode = '42501';
  end if;
  if v_image is null then
    delete from private.tenant_logos where tenant_id = v_tenant;
  else
    insert into private.tenant_logos (tenant_id, image) values (v_tenant, v_image)
    on conflict (tenant_id) do update set image = excluded.image;
  end if;
  update public.tenant_settings set logo_hash = left(encode(sha256(v_image), 'hex'), 32) where tenant_id = v_tenant;
end
$$;
create function public.set_logo(p_image text default null) returns void
language sql volatile set search_path = '' as $$ select private.set_logo(p_image) $$;
grant execute on function private.set_logo(text), public.set_logo(text) to authenticated;

-- A clinic's logo in base64, by the hash that its address carries.
create function private.find_logo(p_slug text, p_hash text) returns text
language sql stable security definer set search_path = '' as $$
  select encode(l.image, 'base64')
  from public.tenants t
  join public.tenant_settings s on s.tenant_id = t.id and s.logo_hash = p_hash
  join private.tenant_logos l on l.tenant_id = t.id
  where t.slug = p_slug
$$;
create function public.find_logo(p_slug text, p_hash text) returns text
language sql stable set search_path = '' as $$ select private.find_logo(p_slug, p_hash) $$;
grant execute on function private.find_logo(text, text), public.find_logo(text, text) to anon, authenticated;

-- The gate ends what has run out, tells how long a session lasts, and the brand to everybody, signed in or not.
create or replace function private.gate(p_slug text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_session private.tenant_sessions;
  v_tenant public.tenants;
  v_settings public.tenant_settings;
  v_clinic jsonb;
  v_refusal text;
begin
  select * into v_tenant from public.tenants where slug = p_slug;
  if v_tenant.id is null then
    return jsonb_build_object('status', 'unknown');
  end if;
  if v_tenant.status <> 'active' then
    return jsonb_build_object('status', 'cancelled');
  end if;
  select * into v_settings from public.tenant_settings where tenant_id = v_tenant.id;
  v_clinic := jsonb_build_object(
    'name', v_tenant.name, 'slug', v_tenant.slug, 'brand_color', v_settings.brand_color, 'logo_hash', v_settings.logo_hash);
  select * into v_session from private.tenant_sessions
  where session_id = private.session_id() and user_id = v_user and tenant_id = v_tenant.id and ended_at is null;
  if private.session_runs_out(v_session) <= now() then
    perform private.end_sessions(array[v_session.session_id], 'sessions.run_out');
    return jsonb_build_object('status', 'signed_out', 'run_out', true, 'clinic', v_clinic);
  end if;
  if v_session.session_id is null or not private.session_alive(v_session.session_id, v_user) then
    return jsonb_build_object('status', 'signed_out', 'run_out', false, 'clinic', v_clinic);
  end if;
  v_refusal := private.refusal(v_tenant.id, v_user);
  if v_refusal is not null then
    return jsonb_build_object(
      'status', v_refusal,
      'clinic', v_clinic,
      'holds', (
        select coalesce(jsonb_agg(h.kind order by h.placed_at), '[]') from public.tenant_holds h
        where h.tenant_id = v_tenant.id and h.lifted_at is null and v_refusal = 'on_hold'));
  end if;
  update private.tenant_sessions set last_seen_at = now()
  where session_id = v_session.session_id and last_seen_at < now() - interval '1 minute';
  return (
    select jsonb_build_object(
      'status', 'ok',
      'session', private.session_state(),
      'clinic', v_clinic || jsonb_build_object(
        'id', v_tenant.id, 'time_zone', v_tenant.time_zone, 'currency', v_tenant.currency, 'locale', v_tenant.locale,
        'shard', v_tenant.shard),
      'user', jsonb_build_object(
        'id', v_user, 'email', u.email, 'full_name', p.full_name, 'email_verified', p.email_verified_at is not null),
      'role', jsonb_build_object('key', r.key, 'name', r.name),
      'permissions', (
        select coalesce(jsonb_agg(rp.permission order by rp.permission), '[]') from public.role_permissions rp
        where rp.tenant_id = v_tenant.id and rp.role_id = r.id),
      'plan', jsonb_build_object(
        'key', pl.key, 'name', pl.name, 'status', s.status, 'trial_ends_at', s.trial_ends_at,
        'features', (select coalesce(jsonb_agg(f.feature order by f.feature), '[]') from public.plan_features f where f.plan_id = pl.id)),
      'usage', (
        select jsonb_object_agg(c.metric, jsonb_build_object('used', c.used, 'limit', private.plan_limit(v_tenant.id, c.metric)))
        from public.usage_counters c where c.tenant_id = v_tenant.id and c.period = 'total'))
    from public.memberships m
    join auth.users u on u.id = m.user_id
    join public.profiles p on p.user_id = m.user_id
    join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    join public.tenant_subscriptions s on s.tenant_id = m.tenant_id
    join public.plans pl on pl.id = s.plan_id
    where m.tenant_id = v_tenant.id and m.user_id = v_user
  );
end
$$;
