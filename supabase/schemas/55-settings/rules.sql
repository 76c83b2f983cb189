create policy tenant_settings_select on public.tenant_settings for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('settings.read')));
comment on policy tenant_settings_select on public.tenant_settings is 'Who may see the settings sees them.';

create policy tenant_settings_update on public.tenant_settings for update to authenticated
  using (tenant_id = (select private.permitted_tenant_id('settings.update')))
  with check (tenant_id = (select private.permitted_tenant_id('settings.update')));
comment on policy tenant_settings_update on public.tenant_settings is 'Who may change the settings changes the clinic''s.';

create trigger tenant_settings_end_sessions before update of session_idle_minutes, session_hours on public.tenant_settings
  for each row execute function private.end_sessions_before_new_limits();

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

-- Sets the logo (a PNG in base64), or removes it.
create function private.set_logo(p_image text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('settings.update');
  v_image constant bytea := decode(p_image, 'base64');
begin
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

create trigger tenant_settings_follow_second_factor after update of second_factor, second_factor_from on public.tenant_settings
  for each row execute function private.follow_second_factor();

grant execute on function
  public.update_clinic_profile(text),
  private.set_logo(text), public.set_logo(text)
to authenticated;

grant execute on function
  private.find_logo(text, text), public.find_logo(text, text)
to anon, authenticated;

do $$ begin perform private.audit_table('public.tenant_settings'); end $$;
