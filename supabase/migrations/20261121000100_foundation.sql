-- Roles, schemas and default privileges: deny everything, then grant by name.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
      execute format('create role %I nologin noinherit', wanted);
    end if;
  end loop;
  if not (select rolbypassrls from pg_catalog.pg_roles where rolname = 'service_role') then
    alter role service_role bypassrls;
  end if;
end
$$;

create schema if not exists extensions;
create schema private;

-- Before the default privileges change: its functions are for everybody.
create extension if not exists unaccent with schema extensions;

grant usage on schema public, private, extensions to anon, authenticated, service_role;
revoke create on schema public from public;

alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke execute on functions from anon, authenticated, service_role;
alter default privileges revoke execute on functions from public;

-- The Auth session behind the request; null for anonymous callers and for API keys.
create function private.session_id() returns uuid
language sql stable set search_path = '' as $$
  select nullif(auth.jwt() ->> 'session_id', '')::uuid
$$;

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
grant execute on function private.session_id(), private.fold(text) to anon, authenticated, service_role;

-- Sets updated_at and counts versions, so that a stale form cannot overwrite a newer row.
create function private.touch() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.updated_at := now();
  new.version := old.version + 1;
  return new;
end
$$;
