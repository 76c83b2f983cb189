create policy tenants_select on public.tenants for select to authenticated
  using (id = (select private.current_tenant_id()));
comment on policy tenants_select on public.tenants is 'Members see their own clinic.';

create policy tenants_update on public.tenants for update to authenticated
  using (id = (select private.permitted_tenant_id('settings.update')))
  with check (id = (select private.permitted_tenant_id('settings.update')));
comment on policy tenants_update on public.tenants is 'Who may change the settings changes the clinic''s name, zone, currency and language.';

-- A header of the request, where the data API hands them over; null elsewhere.
create function private.request_header(p_name text) returns text
language sql stable set search_path = '' as $$
  select nullif(current_setting('request.headers', true), '')::json ->> p_name
$$;

-- Lower case without accents, so that "muller" finds "Müller"; immutable because the dictionary is named.
create function private.fold(p_text text) returns text
language sql immutable strict parallel safe set search_path = '' as $$
  select lower(extensions.unaccent('extensions.unaccent'::regdictionary, p_text))
$$;

-- Sets updated_at and counts versions, so that a stale form cannot overwrite a newer row.
create function private.touch() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.updated_at := now();
  new.version := old.version + 1;
  return new;
end
$$;

create trigger tenants_touch before update on public.tenants for each row execute function private.touch();

-- Counts one hit. Answers 0 when it is within the limit, otherwise the seconds until the window ends.
create function private.take_rate_limit(p_bucket text, p_limit integer, p_window_seconds integer) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_row private.rate_limits;
begin
  insert into private.rate_limits as r (bucket, hits, resets_at)
  values (p_bucket, 1, now() + make_interval(secs => p_window_seconds))
  on conflict (bucket) do update set
    hits = case when r.resets_at <= now() then 1 else r.hits + 1 end,
    resets_at = case when r.resets_at <= now() then excluded.resets_at else r.resets_at end
  returning * into v_row;
  return case when v_row.hits <= p_limit then 0 else greatest(1, ceil(extract(epoch from v_row.resets_at - now()))::integer) end;
end
$$;

create function public.take_rate_limit(p_bucket text, p_limit integer, p_window_seconds integer) returns integer
language sql volatile set search_path = '' as $$
  select private.take_rate_limit(p_bucket, p_limit, p_window_seconds)
$$;

-- Mails are jobs, queued in the transaction that causes them. Payloads name people by id; tokens are made when the mail is sent.
create function private.queue_mail(p_template text, p_tenant uuid, p_user uuid) returns void
language sql security definer set search_path = '' as $$
  select graphile_worker.add_job(
    'send_mail', json_build_object('template', p_template, 'tenantId', p_tenant, 'userId', p_user), max_attempts => 10)
$$;

-- The client's address as the app tells it.
create function private.client_address() returns text
language sql stable set search_path = '' as $$
  select left(private.request_header('x-client-address'), 64)
$$;

grant execute on function
  private.fold(text)
to anon, authenticated, service_role;

grant execute on function
  private.take_rate_limit(text, integer, integer), public.take_rate_limit(text, integer, integer)
to service_role;
