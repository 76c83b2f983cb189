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
create extension if not exists pgcrypto with schema extensions;

grant usage on schema public, private, extensions to anon, authenticated, service_role;
revoke create on schema public from public;
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke execute on functions from anon, authenticated, service_role;
alter default privileges revoke execute on functions from public;

create table public.tenants (
  id uuid primary key default gen_random_uuid(),
  slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{1,61})[a-z0-9]$' and slug !~ '^xn--'),
  name text not null check (char_length(name) between 2 and 100),
  status text not null default 'active' check (status in ('active', 'cancelled')),
  time_zone text not null default 'UTC',
  currency text not null default 'usd' check (currency ~ '^[a-z]{3}$'),
  locale text not null default 'en' check (locale in ('en', 'es', 'fr', 'de')),
  shard text not null default 'primary',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version integer not null default 1
);
alter table public.tenants enable row level security;
alter table public.tenants force row level security;
grant select on public.tenants to authenticated;
grant update (name, time_zone, currency, locale) on public.tenants to authenticated;

-- Fixed windows that survive restarts and are shared by every process. Buckets are keyed hashes, made by the server.
create table private.rate_limits (
  bucket text primary key check (char_length(bucket) between 1 and 128),
  hits integer not null,
  resets_at timestamptz not null
);
create index rate_limits_resets_idx on private.rate_limits (resets_at);
alter table private.rate_limits enable row level security;
alter table private.rate_limits force row level security;
