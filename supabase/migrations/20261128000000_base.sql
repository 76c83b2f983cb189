-- Made from supabase/schemas by npm run db:base. Change those files, not this one.

set check_function_bodies = off;

-- 00-foundation/tables.sql
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

-- 00-foundation/rules-isolation.sql
-- The Auth session behind the request; null for anonymous callers and for API keys.
create function private.session_id() returns uuid
language sql stable set search_path = '' as $$
  select nullif(auth.jwt() ->> 'session_id', '')::uuid
$$;

-- The clinic that the caller works in: bound session, live membership, active clinic, no open hold. Null otherwise.
create function private.current_tenant_id() returns uuid
language plpgsql stable security definer set search_path = '' as $$
begin
  return private.permitted_tenant_id();
end
$$;

-- Whether the caller's role in the current clinic holds the permission.
create function private.can(p_permission text) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  return private.permitted_tenant_id(p_permission) is not null;
end
$$;

-- The clinic of the caller's live session, on hold or not. Null when there is none.
create function private.session_tenant_id() returns uuid
language plpgsql stable security definer set search_path = '' as $$
begin
  return private.permitted_tenant_id(null, true);
end
$$;

-- A policy asks once: one lookup answers who calls, in which clinic, and whether the role allows it.
--
-- The clinic of the caller's live session. Null when there is none, while it is on hold (unless p_even_on_hold), while it owes its second
-- factor, and when a permission is asked for that the caller's role does not hold. Policies call this, and not a shorter name for it:
-- another function in between costs half as much again.
create function private.permitted_tenant_id(p_permission text default null, p_even_on_hold boolean default false) returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_session constant uuid := private.session_id();
  v_tenant uuid;
begin
  if v_user is null or v_session is null then
    return null;
  end if;
  select s.tenant_id into v_tenant
  from private.tenant_sessions s
  join auth.sessions a on a.id = s.session_id and a.user_id = s.user_id and (a.not_after is null or a.not_after > now())
  join public.memberships m on m.tenant_id = s.tenant_id and m.user_id = s.user_id and m.status = 'active'
  join public.tenants t on t.id = s.tenant_id and t.status = 'active'
  join public.tenant_settings c on c.tenant_id = s.tenant_id
  left join public.profiles p on p.user_id = s.user_id
  where s.session_id = v_session
    and s.user_id = v_user
    and s.ended_at is null
    and s.last_seen_at > now() - make_interval(mins => c.session_idle_minutes)
    and s.created_at > now() - make_interval(hours => c.session_hours)
    and (s.second_factor_due is null or s.aal = 'aal2' or s.second_factor_due > now())
    and a.created_at > coalesce(p.sessions_valid_after, '-infinity')
    -- Not `exists`: beside an `or` PostgreSQL would read and hash the whole table.
    and (p_even_on_hold
      or (select h.id from public.tenant_holds h where h.tenant_id = s.tenant_id and h.lifted_at is null limit 1) is null)
    and (p_permission is null or (
      select true from public.role_permissions rp
      where rp.tenant_id = m.tenant_id and rp.role_id = m.role_id and rp.permission = p_permission));
  return v_tenant;
end
$$;
comment on function private.permitted_tenant_id(text, boolean) is
  'plpgsql on purpose: inside policies it measured two to three times faster than the same query in SQL.';

-- The clinic that the caller works in, for what they may do by one of the permissions, or, without any named, as its member. Refused
-- otherwise. Functions put it into a variable: a condition of a query is not looked at where a table is empty.
create function private.require_tenant(variadic p_any text[] default '{}') returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_permission text;
  v_tenant uuid := case when cardinality(p_any) = 0 then private.permitted_tenant_id() end;
begin
  foreach v_permission in array p_any loop
    exit when v_tenant is not null;
    v_tenant := private.permitted_tenant_id(v_permission);
  end loop;
  if v_tenant is null then
    raise exception 'not allowed' using errcode = '42501';
  end if;
  return v_tenant;
end
$$;

-- What a table of clinics gets whose rule is "own clinic and permission"; another rule is written out. Forced row-level security, a policy
-- for each command that a permission opens, grants on the columns that members write, versions against stale forms where they may change
-- rows (`updated_at`, `version`), and lines in the log.
create function private.tenant_table(
  p_table regclass, p_read text, p_add text default null, p_change text default null, p_columns text[] default '{}') returns void
language plpgsql set search_path = '' as $$
declare
  v_name constant text := (select relname from pg_catalog.pg_class where oid = p_table);
  v_columns constant text := (select string_agg(quote_ident(c), ', ') from unnest(p_columns) as c);
  v_own constant text := '(tenant_id = (select private.permitted_tenant_id(%1$L)))';
  v_policy text;
  v_rule record;
begin
  execute format('alter table %s enable row level security', p_table);
  execute format('alter table %s force row level security', p_table);
  execute format('grant select on %s to authenticated', p_table);
  for v_rule in
    select * from (values
      ('select', p_read, 'using ' || v_own, 'sees the clinic''s'),
      ('insert', p_add, 'with check ' || v_own, 'adds to the clinic''s'),
      ('update', p_change, 'using ' || v_own || ' with check ' || v_own, 'changes the clinic''s, and they stay there')
    ) as r (command, permission, condition, may) where permission is not null
  loop
    v_policy := v_name || '_' || v_rule.command;
    execute format('create policy %I on %s for %s to authenticated ', v_policy, p_table, v_rule.command)
      || format(v_rule.condition, v_rule.permission);
    execute format('comment on policy %I on %s is %L', v_policy, p_table, format('Who holds %s %s.', v_rule.permission, v_rule.may));
  end loop;
  if p_add is not null then
    execute format('grant insert (tenant_id, %s) on %s to authenticated', v_columns, p_table);
  end if;
  if p_change is not null then
    execute format('grant update (%s) on %s to authenticated', v_columns, p_table);
    execute format('create trigger %I before update on %s for each row execute function private.touch()', v_name || '_touch', p_table);
  end if;
  perform private.audit_table(p_table);
end
$$;

grant execute on function
  private.session_id(),
  private.current_tenant_id(),
  private.can(text)
to anon, authenticated, service_role;

grant execute on function
  private.permitted_tenant_id(text, boolean),
  private.require_tenant(text[])
to authenticated;

-- 00-foundation/rules.sql
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

-- 10-audit/tables.sql
-- One row for every changed row, written by triggers in the same transaction. Names of fields, never their values.
create table public.audit_log (
  id bigint generated always as identity,
  -- Functions of the database alone write it, for clinics that they have just read; a check for each line cost a third of writing it.
  tenant_id uuid not null,
  occurred_at timestamptz not null default now(),
  actor_id uuid,
  session_id uuid,
  request_id text check (char_length(request_id) <= 64),
  action text not null,
  record_id uuid,
  changed_fields text[] not null default '{}',
  outcome text not null default 'done' check (outcome in ('done', 'refused', 'failed')),
  -- Why it was refused or failed: a code of the app, or the permission that was missing.
  reason text check (char_length(reason) <= 60),
  address text default private.client_address() check (char_length(address) <= 64),
  -- Where no session says it.
  user_agent text check (char_length(user_agent) <= 300),
  values_mac bytea check (octet_length(values_mac) = 32),
  -- By which the sealer knows what it has not seen.
  xid xid8 not null default pg_current_xact_id(),
  primary key (tenant_id, id)
);
create index audit_log_time_idx on public.audit_log (tenant_id, occurred_at, id);
create index audit_log_record_idx on public.audit_log (tenant_id, record_id, occurred_at, id);
create index audit_log_actor_idx on public.audit_log (tenant_id, actor_id, occurred_at, id);
-- What happens all day is found along the time; for the rest, which may lie far apart, there is an index.
create index audit_log_action_idx on public.audit_log (tenant_id, action, occurred_at, id)
  where action not in ('patients.insert', 'patients.update');
create index audit_log_xid_idx on public.audit_log (xid);
alter table public.audit_log enable row level security;
alter table public.audit_log force row level security;
grant select on public.audit_log to authenticated;
comment on column public.audit_log.values_mac is
  'HMAC-SHA-256, under the patient''s key, of the new values of changed_fields (of a new record: of all) as jsonb text.';

-- The chain: entry after entry of a clinic, in the order in which they were sealed. Each hash covers the entry and the hash before.
create table private.audit_chain (
  tenant_id uuid not null,
  position bigint not null,
  entry_id bigint not null,
  hash bytea not null check (octet_length(hash) = 32),
  sealed_at timestamptz not null default now(),
  primary key (tenant_id, position),
  unique (tenant_id, entry_id)
);
alter table private.audit_chain enable row level security;
alter table private.audit_chain force row level security;

-- Heads of chains, kept once a day; the worker writes them outside the database as well.
create table private.audit_anchors (
  tenant_id uuid not null references public.tenants on delete cascade,
  position bigint not null,
  hash bytea not null,
  anchored_at timestamptz not null default now(),
  primary key (tenant_id, position)
);
alter table private.audit_anchors enable row level security;
alter table private.audit_anchors force row level security;

-- How far the sealer has come: every entry of a transaction before `below` is sealed, and so is every entry up to `entry_id`.
create table private.audit_sealer (
  singleton boolean primary key default true check (singleton),
  below xid8 not null default '0',
  entry_id bigint not null default 0
);
alter table private.audit_sealer enable row level security;
alter table private.audit_sealer force row level security;

-- A clinic's log and its chain go with the clinic. No foreign key makes a writer or the sealer wait for a deletion that goes on: what they
-- still wrote of a clinic that was going goes later.
create table private.forgotten_tenants (
  id uuid primary key,
  forgotten_at timestamptz not null default now()
);
alter table private.forgotten_tenants enable row level security;
alter table private.forgotten_tenants force row level security;

-- Whose membership it was, when it is gone.
create table private.former_members (
  tenant_id uuid not null references public.tenants on delete cascade,
  membership_id uuid not null,
  user_id uuid not null references auth.users on delete cascade,
  primary key (tenant_id, membership_id)
);
create index former_members_user_idx on private.former_members (user_id);
alter table private.former_members enable row level security;
alter table private.former_members force row level security;

-- What looks like an attack is noticed by rules over the log, answered where the rule says so, and told to those who run the clinic.

-- The rules, as data. An entry that matches counts for its subject: who acted, or the membership that it is about.
create table private.security_rules (
  key text primary key check (key ~ '^[a-z_]+$'),
  title text not null,
  description text not null,
  actions text[],
  outcome text not null check (outcome in ('done', 'refused', 'failed')),
  reason text,
  except_reasons text[] not null default '{}',
  subject text not null check (subject in ('actor', 'member')),
  condition text check (condition in ('at_night', 'new_address_after_failures')),
  threshold integer not null check (threshold between 1 and 10000),
  window_seconds integer not null check (window_seconds between 1 and 86400),
  answer text not null check (answer in ('none', 'end_sessions', 'lock', 'slow')),
  tell_person boolean not null default false
);
alter table private.security_rules enable row level security;
alter table private.security_rules force row level security;

create table public.security_events (
  tenant_id uuid not null references public.tenants on delete cascade,
  id uuid not null default gen_random_uuid(),
  rule text not null references private.security_rules,
  occurred_at timestamptz not null default now(),
  user_id uuid references auth.users on delete set null,
  -- The rule's threshold at the time.
  hits integer not null default 1,
  address text,
  -- What was done by itself.
  answer text not null default 'none' check (answer in ('none', 'end_sessions', 'lock', 'slow')),
  resolved_at timestamptz,
  resolved_by uuid references auth.users on delete set null,
  note text check (char_length(note) between 1 and 500),
  primary key (tenant_id, id),
  check ((resolved_at is null) = (note is null))
);
create index security_events_time_idx on public.security_events (tenant_id, occurred_at desc);
create index security_events_rule_idx on public.security_events (rule);
create index security_events_user_idx on public.security_events (user_id);
create index security_events_resolver_idx on public.security_events (resolved_by);
alter table public.security_events enable row level security;
alter table public.security_events force row level security;
grant select on public.security_events to authenticated;

-- Who opens records more slowly for a while.
create table private.slowed_members (
  tenant_id uuid not null references public.tenants on delete cascade,
  user_id uuid not null references auth.users on delete cascade,
  until timestamptz not null,
  primary key (tenant_id, user_id)
);
create index slowed_members_user_idx on private.slowed_members (user_id);
alter table private.slowed_members enable row level security;
alter table private.slowed_members force row level security;

-- 20-usage/tables.sql
-- What a clinic may use: its plan's limits, what the platform grants beside them, and every use counted where it happens.

-- What is counted. `period` is the time after which the count begins anew; `counted` says whether anything counts it today, `limited`
-- whether plans limit it.
create table private.metrics (
  metric text primary key check (metric ~ '^[a-z_]{2,40}$'),
  period text not null check (period in ('total', 'month', 'hour')),
  limited boolean not null default true,
  counted boolean not null default false,
  position smallint not null unique
);
alter table private.metrics enable row level security;
alter table private.metrics force row level security;

-- A trial has the limits of its plan, but for these.
create table private.trial_limits (
  metric text primary key references private.metrics,
  max_value bigint not null check (max_value >= 0)
);
alter table private.trial_limits enable row level security;
alter table private.trial_limits force row level security;

-- What the platform grants a clinic in place of its plan's limit; a null value means unlimited. One that has run out counts no more.
create table public.limit_overrides (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  metric text not null references private.metrics,
  max_value bigint check (max_value between 0 and 1000000000000000),
  reason text not null check (char_length(reason) between 5 and 500),
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, metric)
);
create index limit_overrides_metric_idx on public.limit_overrides (metric);
alter table public.limit_overrides enable row level security;
alter table public.limit_overrides force row level security;
grant select on public.limit_overrides to authenticated;

-- What a clinic uses of what its plan allows. `period` is 'total', or in the clinic's time zone a month as YYYY-MM, a day, or an hour. Counts
-- of a day are kept beside the others, for charts: of what has a total, how much it was at the end of the day.
create table public.usage_counters (
  tenant_id uuid not null references public.tenants on delete cascade,
  metric text not null references private.metrics,
  period text not null check (period = 'total' or char_length(period) in (7, 10, 13)),
  used bigint not null default 0 check (used >= 0),
  -- The threshold in per cent that the clinic was told of.
  warned smallint not null default 0,
  primary key (tenant_id, metric, period)
);
create index usage_counters_metric_idx on public.usage_counters (metric);
alter table public.usage_counters enable row level security;
alter table public.usage_counters force row level security;
grant select on public.usage_counters to authenticated;

-- Who worked on a day, by the clinic's clock.
create table private.active_days (
  tenant_id uuid not null references public.tenants on delete cascade,
  day date not null,
  user_id uuid not null references auth.users on delete cascade,
  primary key (tenant_id, day, user_id)
);
create index active_days_user_idx on private.active_days (user_id);
create index active_days_day_idx on private.active_days (day);
alter table private.active_days enable row level security;
alter table private.active_days force row level security;

-- Which features a clinic has: its plan's, and what the platform grants or takes beside it. And how often they are used.
create table public.feature_overrides (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  feature text not null check (feature ~ '^[a-z0-9_]{2,40}$'),
  granted boolean not null,
  reason text not null check (char_length(reason) between 5 and 500),
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, feature)
);
alter table public.feature_overrides enable row level security;
alter table public.feature_overrides force row level security;
grant select on public.feature_overrides to authenticated;

-- How often a clinic used a feature, by the days of its clock.
create table private.feature_usage (
  tenant_id uuid not null references public.tenants on delete cascade,
  feature text not null check (feature ~ '^[a-z0-9_]{2,40}$'),
  day date not null,
  uses bigint not null check (uses > 0),
  primary key (tenant_id, day, feature)
);
create index feature_usage_day_idx on private.feature_usage (day);
alter table private.feature_usage enable row level security;
alter table private.feature_usage force row level security;

-- What in the log is the use of a feature, where somebody at work did it; of a change that of one field alone.
create table private.feature_actions (
  action text not null,
  field text,
  feature text not null,
  unique nulls not distinct (action, field)
);
alter table private.feature_actions enable row level security;
alter table private.feature_actions force row level security;

-- 30-access/tables.sql
-- People, their memberships and what a membership may do.
create table public.profiles (
  user_id uuid primary key references auth.users on delete cascade,
  full_name text not null check (char_length(full_name) between 1 and 100),
  email_verified_at timestamptz,
  -- Sessions that began before this moment are dead; a changed password moves it.
  sessions_valid_after timestamptz not null default '-infinity',
  created_at timestamptz not null default now()
);
alter table public.profiles enable row level security;
alter table public.profiles force row level security;
grant select on public.profiles to authenticated;

create table public.permissions (
  key text primary key check (key ~ '^[a-z_]+\.[a-z_]+$'),
  description text not null,
  -- The order in which people read the catalogue.
  position smallint not null default 0
);
alter table public.permissions enable row level security;
alter table public.permissions force row level security;
grant select on public.permissions to authenticated;

-- What each system role may do; a new clinic gets its own copy.
create table public.system_roles (
  key text primary key check (key ~ '^[a-z_]+$'),
  name text not null,
  description text not null,
  position smallint not null default 0
);
alter table public.system_roles enable row level security;
alter table public.system_roles force row level security;
grant select on public.system_roles to authenticated;

create table public.system_role_permissions (
  role_key text not null references public.system_roles on delete cascade,
  permission text not null references public.permissions on delete cascade,
  primary key (role_key, permission)
);
create index system_role_permissions_permission_idx on public.system_role_permissions (permission);
alter table public.system_role_permissions enable row level security;
alter table public.system_role_permissions force row level security;
grant select on public.system_role_permissions to authenticated;

create table public.roles (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  key text not null check (key ~ '^[a-z][a-z0-9_]{1,39}$'),
  name text not null check (char_length(name) between 1 and 60),
  is_system boolean not null,
  created_at timestamptz not null default now(),
  -- What a clinic's own role is for.
  description text not null default '' check (char_length(description) <= 200),
  needs_second_factor boolean not null default false,
  unique (tenant_id, id),
  unique (tenant_id, key)
);
create unique index roles_name_key on public.roles (tenant_id, lower(name));
alter table public.roles enable row level security;
alter table public.roles force row level security;
grant select on public.roles to authenticated;

create table public.role_permissions (
  tenant_id uuid not null references public.tenants on delete cascade,
  role_id uuid not null,
  permission text not null references public.permissions on delete cascade,
  primary key (tenant_id, role_id, permission),
  foreign key (tenant_id, role_id) references public.roles (tenant_id, id) on delete cascade
);
create index role_permissions_permission_idx on public.role_permissions (permission);
alter table public.role_permissions enable row level security;
alter table public.role_permissions force row level security;
grant select on public.role_permissions to authenticated;

create table public.memberships (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  user_id uuid not null references auth.users on delete cascade,
  role_id uuid not null,
  status text not null default 'active' check (status in ('active', 'deactivated')),
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, user_id),
  foreign key (tenant_id, role_id) references public.roles (tenant_id, id)
);
create index memberships_user_idx on public.memberships (user_id);
create index memberships_role_idx on public.memberships (tenant_id, role_id);
alter table public.memberships enable row level security;
alter table public.memberships force row level security;
grant select on public.memberships to authenticated;

-- One row binds one Auth session to one clinic, for ever; ended rows stay, so that a session binds once.
create table private.tenant_sessions (
  session_id uuid primary key,
  tenant_id uuid not null,
  user_id uuid not null,
  ip text,
  user_agent text,
  aal text not null default 'aal1' check (aal in ('aal1', 'aal2')),
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  ended_at timestamptz,
  -- When the second factor was proven last in this session.
  proven_at timestamptz,
  -- From when on this session opens nothing without the second factor; null where none is asked for.
  second_factor_due timestamptz,
  foreign key (tenant_id) references public.tenants on delete cascade,
  foreign key (user_id) references auth.users on delete cascade
);
create index tenant_sessions_member_idx on private.tenant_sessions (tenant_id, user_id);
create index tenant_sessions_user_idx on private.tenant_sessions (user_id);
create index tenant_sessions_open_idx on private.tenant_sessions (last_seen_at) where ended_at is null;
alter table private.tenant_sessions enable row level security;
alter table private.tenant_sessions force row level security;

create table private.email_verifications (
  user_id uuid primary key references auth.users on delete cascade,
  token_hash bytea not null unique,
  email text not null,
  expires_at timestamptz not null
);
alter table private.email_verifications enable row level security;
alter table private.email_verifications force row level security;

create table private.password_resets (
  user_id uuid primary key references auth.users on delete cascade,
  token_hash bytea not null unique,
  expires_at timestamptz not null
);
alter table private.password_resets enable row level security;
alter table private.password_resets force row level security;

-- Codes that hand a fresh, unbound session from the sign-up host to the clinic's host. The payload is encrypted by the app.
create table private.handoff_codes (
  code_hash bytea primary key check (octet_length(code_hash) = 32),
  tenant_id uuid not null references public.tenants on delete cascade,
  payload text not null,
  expires_at timestamptz not null default now() + interval '60 seconds'
);
create index handoff_codes_tenant_idx on private.handoff_codes (tenant_id);
alter table private.handoff_codes enable row level security;
alter table private.handoff_codes force row level security;

-- Sessions that were opened from another clinic's, until they are bound: the time limits go on from the sign-in there.
create table private.switched_sessions (
  session_id uuid primary key,
  proven_at timestamptz not null,
  expires_at timestamptz not null default now() + interval '5 minutes',
  aal text not null default 'aal1',
  second_factor_at timestamptz
);
alter table private.switched_sessions enable row level security;
alter table private.switched_sessions force row level security;

-- An address that waits for its confirmation; each request has an id of its own, so that no mail serves another request.
create table private.email_changes (
  user_id uuid primary key references auth.users on delete cascade,
  id uuid not null unique default gen_random_uuid(),
  email text not null check (email = lower(email) and char_length(email) between 3 and 254),
  token_hash bytea unique check (octet_length(token_hash) = 32),
  expires_at timestamptz not null default now() + interval '24 hours'
);
alter table private.email_changes enable row level security;
alter table private.email_changes force row level security;

-- A second factor at clinics: an authenticator app, recovery codes, clinics that require it, and a fresh proof for what matters most.

-- Each person's authenticator, one at most. Others that somebody may have added to the Auth account past the product never count.
create table private.second_factors (
  user_id uuid primary key references auth.users on delete cascade,
  factor_id uuid not null,
  created_at timestamptz not null default now()
);
alter table private.second_factors enable row level security;
alter table private.second_factors force row level security;

-- 80 random bits each, so that a plain hash hides them.
create table private.recovery_codes (
  user_id uuid not null references private.second_factors on delete cascade,
  code_hash bytea not null check (octet_length(code_hash) = 32),
  used_at timestamptz,
  primary key (user_id, code_hash)
);
alter table private.recovery_codes enable row level security;
alter table private.recovery_codes force row level security;

-- 40-billing/tables.sql
-- The catalogue of plans. A version never changes once sold; a new offer is a new version.
create table public.plans (
  id uuid primary key default gen_random_uuid(),
  key text not null check (key ~ '^[a-z_]{2,40}$'),
  version integer not null check (version > 0),
  name text not null,
  position smallint not null,
  created_at timestamptz not null default now(),
  unique (key, version)
);
alter table public.plans enable row level security;
alter table public.plans force row level security;
grant select on public.plans to anon, authenticated, service_role;

create table public.plan_prices (
  plan_id uuid not null references public.plans on delete cascade,
  interval text not null check (interval in ('month', 'year')),
  currency text not null check (currency ~ '^[a-z]{3}$'),
  amount_minor integer not null check (amount_minor >= 0),
  -- Under which id it is sold at Stripe. What costs nothing is not sold there.
  stripe_price_id text unique,
  primary key (plan_id, interval, currency),
  check (stripe_price_id is null or (stripe_price_id like 'price\_%' and amount_minor > 0))
);
alter table public.plan_prices enable row level security;
alter table public.plan_prices force row level security;
grant select on public.plan_prices to anon, authenticated, service_role;

-- A null limit means unlimited.
create table public.plan_limits (
  plan_id uuid not null references public.plans on delete cascade,
  metric text not null references private.metrics check (metric ~ '^[a-z_]{2,40}$'),
  max_value bigint check (max_value >= 0),
  primary key (plan_id, metric)
);
alter table public.plan_limits enable row level security;
alter table public.plan_limits force row level security;
grant select on public.plan_limits to anon, authenticated, service_role;

create table public.plan_features (
  plan_id uuid not null references public.plans on delete cascade,
  feature text not null check (feature ~ '^[a-z0-9_]{2,40}$'),
  primary key (plan_id, feature)
);
alter table public.plan_features enable row level security;
alter table public.plan_features force row level security;
grant select on public.plan_features to anon, authenticated, service_role;

-- What a clinic pays for, and what follows from it. Stripe's state is fetched whole and noted here; plan, status and holds follow from it
-- and from the clock, in one place: private.settle_billing. So neither order nor number of events matters.
create table public.tenant_subscriptions (
  tenant_id uuid primary key references public.tenants on delete cascade,
  plan_id uuid not null references public.plans,
  status text not null check (status in ('trialing', 'active', 'past_due', 'cancelled')),
  trial_ends_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version integer not null default 1,
  -- What Stripe said when it was last asked. `plan_id` and `status` above are what follows from it.
  trial_plan_id uuid references public.plans,
  stripe_customer_id text unique,
  stripe_subscription_id text unique,
  stripe_status text,
  bought_plan_id uuid references public.plans,
  bought_interval text check (bought_interval in ('month', 'year')),
  current_period_start timestamptz,
  current_period_end timestamptz,
  -- When it ends because it was cancelled.
  ends_at timestamptz,
  -- What it will be later: a downgrade.
  next_plan_id uuid references public.plans,
  next_interval text check (next_interval in ('month', 'year')),
  next_starts_at timestamptz,
  -- Since when a payment is owed whose collection has failed.
  past_due_since timestamptz,
  -- When the clinic began to pay for the first time: from then on there is no trial to go back to.
  converted_at timestamptz,
  -- Since when the clinic is on Free, by choice or because what it paid for has ended and Free holds all it has.
  free_since timestamptz,
  check (status <> 'trialing' or trial_ends_at is not null),
  check (stripe_subscription_id is null or (stripe_status is not null and bought_plan_id is not null and bought_interval is not null)),
  check ((next_plan_id is null) = (next_starts_at is null))
);
create index tenant_subscriptions_plan_idx on public.tenant_subscriptions (plan_id);
create index tenant_subscriptions_trial_plan_idx on public.tenant_subscriptions (trial_plan_id);
create index tenant_subscriptions_bought_plan_idx on public.tenant_subscriptions (bought_plan_id);
create index tenant_subscriptions_next_plan_idx on public.tenant_subscriptions (next_plan_id);
create index tenant_subscriptions_waiting_idx on public.tenant_subscriptions (trial_ends_at) where status in ('trialing', 'past_due');
alter table public.tenant_subscriptions enable row level security;
alter table public.tenant_subscriptions force row level security;
grant select on public.tenant_subscriptions to authenticated;

-- How often Stripe was asked about a clinic, how many answers were applied, and the place of the asking that the last of them answers. An
-- answer counts only where no other was applied since it was asked for: so none is ever replaced by an older one.
create table private.billing_syncs (
  tenant_id uuid primary key references public.tenants on delete cascade,
  begun bigint not null default 0,
  applied bigint not null default 0,
  heard bigint not null default 0
);
alter table private.billing_syncs enable row level security;
alter table private.billing_syncs force row level security;

-- Every event that Stripe delivered. What it is about is fetched anew, so that ids are all that is kept.
create table private.stripe_events (
  id text primary key,
  type text not null,
  object_id text,
  -- Null until the customer is found, and for what is about nobody here.
  tenant_id uuid references public.tenants on delete cascade,
  created_at timestamptz not null,
  received_at timestamptz not null default now(),
  state text not null check (state in ('pending', 'applied', 'ignored', 'dead')),
  settled_at timestamptz,
  attempts smallint not null default 0,
  last_error text check (char_length(last_error) <= 200)
);
create index stripe_events_tenant_idx on private.stripe_events (tenant_id, received_at);
create index stripe_events_waiting_idx on private.stripe_events (state, received_at) where state in ('pending', 'dead');
create index stripe_events_settled_idx on private.stripe_events (settled_at);
alter table private.stripe_events enable row level security;
alter table private.stripe_events force row level security;

-- What the clinic was told, so that it is told once. `about` is the moment that the notice is due for.
create table private.billing_notices (
  tenant_id uuid not null references public.tenants on delete cascade,
  kind text not null check (kind ~ '^[a-z_]{2,40}$'),
  about timestamptz not null,
  queued_at timestamptz not null default now(),
  primary key (tenant_id, kind, about)
);
alter table private.billing_notices enable row level security;
alter table private.billing_notices force row level security;

-- What the platform has to look at. `about` is Stripe's id of the thing, or the like.
create table private.billing_alerts (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references public.tenants on delete cascade,
  kind text not null check (kind in ('unknown_price', 'second_subscription', 'customer_deleted', 'dispute', 'drift')),
  about text not null,
  detail text not null default '' check (char_length(detail) <= 500),
  occurred_at timestamptz not null default now(),
  resolved_at timestamptz,
  resolved_by uuid references auth.users on delete set null
);
create unique index billing_alerts_open_key on private.billing_alerts (tenant_id, kind, about) where resolved_at is null;
create index billing_alerts_resolved_by_idx on private.billing_alerts (resolved_by);
alter table private.billing_alerts enable row level security;
alter table private.billing_alerts force row level security;

-- 50-tenants/tables.sql
-- Names nobody may take: for ever, or until a released name has rested.
create table private.reserved_names (
  name text primary key check (name = lower(name)),
  until timestamptz
);
alter table private.reserved_names enable row level security;
alter table private.reserved_names force row level security;

-- Under an open hold nobody works: staff are out at once, whoever runs the account still reaches billing, the owner the export.
create table public.tenant_holds (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  kind text not null check (kind in ('trial_expired', 'unpaid', 'admin', 'security')),
  reason text not null check (char_length(reason) between 1 and 500),
  placed_at timestamptz not null default now(),
  lifted_at timestamptz,
  lift_reason text check (lift_reason is null or (lifted_at is not null and char_length(lift_reason) between 1 and 500)),
  unique (tenant_id, id)
);
create unique index tenant_holds_open_key on public.tenant_holds (tenant_id, kind) where lifted_at is null;
alter table public.tenant_holds enable row level security;
alter table public.tenant_holds force row level security;
grant select on public.tenant_holds to authenticated;

create table public.tenant_domains (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  host text not null check (host = lower(host) and char_length(host) between 4 and 253),
  verified_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, host)
);
create unique index tenant_domains_verified_host_key on public.tenant_domains (host) where verified_at is not null;
alter table public.tenant_domains enable row level security;
alter table public.tenant_domains force row level security;
grant select on public.tenant_domains to authenticated;

-- Which version of which document a clinic's owner accepted.
create table public.tenant_agreements (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  user_id uuid references auth.users on delete set null,
  document text not null check (document in ('terms', 'privacy', 'baa')),
  document_version text not null,
  accepted_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, document, document_version)
);
create index tenant_agreements_user_idx on public.tenant_agreements (user_id);
alter table public.tenant_agreements enable row level security;
alter table public.tenant_agreements force row level security;
grant select on public.tenant_agreements to authenticated;

-- A name is held for 60 seconds before an account is made for it, so that a lost race costs nothing.
create table private.signup_reservations (
  id uuid primary key default gen_random_uuid(),
  slug text not null,
  email text not null,
  idempotency_key_hash text,
  tenant_id uuid references public.tenants on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '60 seconds'
);
create unique index signup_reservations_open_slug_key on private.signup_reservations (slug) where tenant_id is null;
create unique index signup_reservations_idempotency_key on private.signup_reservations (idempotency_key_hash);
create index signup_reservations_tenant_idx on private.signup_reservations (tenant_id);
alter table private.signup_reservations enable row level security;
alter table private.signup_reservations force row level security;

-- 55-settings/tables.sql
-- A clinic's profile, brand and rules for sessions, which its administrators change themselves.
create table public.tenant_settings (
  tenant_id uuid primary key references public.tenants on delete cascade,
  contact_email text check (char_length(contact_email) <= 254),
  created_at timestamptz not null default now(),
  session_idle_minutes smallint not null default 15 check (session_idle_minutes between 5 and 120),
  session_hours smallint not null default 12 check (session_hours between 1 and 24),
  contact_phone text check (char_length(contact_phone) <= 40),
  website text check (website ~* '^https?://[^\s]{3,250}$'),
  address_line1 text check (char_length(address_line1) <= 200),
  address_line2 text check (char_length(address_line2) <= 200),
  city text check (char_length(city) <= 100),
  region text check (char_length(region) <= 100),
  postal_code text check (char_length(postal_code) <= 20),
  country text check (country ~ '^[A-Z]{2}$'),
  brand_color text check (brand_color ~ '^#[0-9a-f]{6}$'),
  -- The first half of the logo's SHA-256 in hex; names it in addresses, so that a new logo is a new address.
  logo_hash text check (logo_hash ~ '^[0-9a-f]{32}$'),
  second_factor text not null default 'optional' check (second_factor in ('optional', 'everyone', 'roles')),
  -- The first day on which nobody works without it, in the clinic's time.
  second_factor_from date
);
alter table public.tenant_settings enable row level security;
alter table public.tenant_settings force row level security;
grant select on public.tenant_settings to authenticated;
grant update (
  contact_email, contact_phone, website, address_line1, address_line2, city, region, postal_code, country, brand_color,
  session_idle_minutes, session_hours
) on public.tenant_settings to authenticated;

-- A clinic's logo: a small raster image that the app has encoded anew. Anybody may see it, on the sign-in page and in mails.
create table private.tenant_logos (
  tenant_id uuid primary key references public.tenants on delete cascade,
  image bytea not null check (octet_length(image) between 60 and 400000 and substring(image from 1 for 4) = '\x89504e47')
);
alter table private.tenant_logos enable row level security;
alter table private.tenant_logos force row level security;

-- 60-team/tables.sql
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

-- 70-patients/tables.sql
create table public.patients (
  id uuid not null default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  given_name text not null check (char_length(given_name) between 1 and 100),
  family_name text not null check (char_length(family_name) between 1 and 100),
  birth_date date not null check (birth_date >= '1850-01-01'),
  sex text not null default 'unknown' check (sex in ('female', 'male', 'other', 'unknown')),
  mobile_phone text check (char_length(mobile_phone) <= 40),
  home_phone text check (char_length(home_phone) <= 40),
  email text check (char_length(email) <= 254),
  address_line1 text check (char_length(address_line1) <= 200),
  address_line2 text check (char_length(address_line2) <= 200),
  city text check (char_length(city) <= 100),
  region text check (char_length(region) <= 100),
  postal_code text check (char_length(postal_code) <= 20),
  country text check (country ~ '^[A-Z]{2}$'),
  external_id text check (char_length(external_id) between 1 and 100),
  remarks text check (char_length(remarks) <= 4000),
  consent_email boolean not null default false,
  consent_sms boolean not null default false,
  consent_phone boolean not null default false,
  archived_at timestamptz,
  archived boolean not null generated always as (archived_at is not null) stored,
  name_key text collate "C" not null generated always as (private.fold(family_name || ' ' || given_name)) stored,
  created_by uuid default auth.uid() references auth.users on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version integer not null default 1,
  -- Under this key the log's marks of the patient's values can be checked; without it they say nothing. It goes with the patient, and
  -- nobody is granted it. Of two random UUIDs, since whoever inserts must be able to make it.
  mark_key bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
  -- A patient is reached within a clinic only: no index leads to one by id alone.
  primary key (tenant_id, id),
  -- It is tomorrow somewhere.
  constraint patients_birth_date_past check (birth_date <= current_date + 1),
  unique (tenant_id, external_id)
);
create index patients_name_idx on public.patients (tenant_id, archived, name_key, id);
create index patients_birth_date_idx on public.patients (tenant_id, archived, birth_date, id);
create index patients_updated_idx on public.patients (tenant_id, archived, updated_at, id);
create index patients_created_by_idx on public.patients (created_by);
alter table public.patients enable row level security;
alter table public.patients force row level security;
grant insert (
  tenant_id, given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, address_line1, address_line2, city, region,
  postal_code, country, external_id, remarks, consent_email, consent_sms, consent_phone
) on public.patients to authenticated;
grant update (
  given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, address_line1, address_line2, city, region,
  postal_code, country, external_id, remarks, consent_email, consent_sms, consent_phone, archived_at
) on public.patients to authenticated;
grant select (
  id, tenant_id, given_name, family_name, birth_date, sex, mobile_phone, home_phone, email, external_id, archived, archived_at, name_key,
  created_at, updated_at, version
) on public.patients to authenticated;

-- Words by which a patient is found. `like` and trigrams use no index under row-level security; ranges on this table do. They are derived:
-- triggers alone write them, and a foreign key's check of every word made large inserts quadratic.
create table private.patient_words (
  tenant_id uuid not null,
  patient_id uuid not null,
  word text collate "C" not null,
  primary key (tenant_id, word, patient_id)
);
create index patient_words_patient_idx on private.patient_words (tenant_id, patient_id);
alter table private.patient_words enable row level security;
alter table private.patient_words force row level security;
grant select on private.patient_words to authenticated;

-- Import of patients: rows are staged, a job checks them, a person decides, one statement writes them.
create table public.patient_imports (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  created_by uuid references auth.users on delete set null,
  decided_by uuid references auth.users on delete set null,
  file_name text not null check (char_length(file_name) between 1 and 200),
  -- The patient's fields that the file brings, in the order of the staged cells.
  fields text[] not null check (
    fields @> array['given_name', 'family_name', 'birth_date']
    and fields <@ array[
      'external_id', 'given_name', 'family_name', 'birth_date', 'sex', 'mobile_phone', 'home_phone', 'email', 'address_line1',
      'address_line2', 'city', 'region', 'postal_code', 'country', 'remarks', 'consent_email', 'consent_sms', 'consent_phone']),
  date_order text not null check (date_order in ('ymd', 'mdy', 'dmy')),
  status text not null default 'uploading'
    check (status in ('uploading', 'checking', 'checked', 'importing', 'done', 'discarded', 'failed')),
  rows_total integer not null default 0 check (rows_total between 0 and 200000),
  rows_checked integer not null default 0,
  rows_refused integer not null default 0,
  rows_new integer not null default 0,
  rows_known integer not null default 0,
  rows_added integer not null default 0,
  rows_updated integer not null default 0,
  problem text check (problem in ('quota_exceeded', 'internal')),
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id)
);
create index patient_imports_recent_idx on public.patient_imports (tenant_id, created_at desc);
create index patient_imports_created_by_idx on public.patient_imports (created_by);
create index patient_imports_decided_by_idx on public.patient_imports (decided_by);
alter table public.patient_imports enable row level security;
alter table public.patient_imports force row level security;
grant select on public.patient_imports to authenticated;

-- What a file held, only the mapped columns, until the import is decided.
create table private.patient_import_rows (
  tenant_id uuid not null,
  import_id uuid not null,
  line integer not null check (line > 0),
  cells jsonb not null check (
    jsonb_typeof(cells) = 'array' and jsonb_array_length(cells) <= 18 and octet_length(cells::text) <= 200000
    and not jsonb_path_exists(cells, '$[*] ? (@.type() != "string")')),
  patient jsonb,
  external_id text,
  problem text,
  primary key (tenant_id, import_id, line),
  foreign key (tenant_id, import_id) references public.patient_imports (tenant_id, id) on delete cascade
);
create index patient_import_rows_external_id_idx on private.patient_import_rows (tenant_id, import_id, external_id);
alter table private.patient_import_rows enable row level security;
alter table private.patient_import_rows force row level security;

-- 80-platform/tables.sql
-- Who runs the platform. Such an account proves a second factor, works in sessions of its own, and sees no patient.
create table private.platform_admins (
  user_id uuid primary key references auth.users on delete cascade,
  -- The authenticator that was proven with the link; until then only the link opens, and no other ever counts.
  factor_id uuid,
  created_at timestamptz not null default now(),
  -- Rows stay, so that the logs keep telling who was one.
  removed_at timestamptz
);
alter table private.platform_admins enable row level security;
alter table private.platform_admins force row level security;

create table private.platform_invites (
  user_id uuid primary key references private.platform_admins on delete cascade,
  token_hash bytea not null unique,
  expires_at timestamptz not null
);
alter table private.platform_invites enable row level security;
alter table private.platform_invites force row level security;

-- Like the clinics' sessions: one row binds one Auth session, for ever.
create table private.platform_sessions (
  session_id uuid primary key,
  user_id uuid not null references private.platform_admins on delete cascade,
  ip text,
  user_agent text,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  ended_at timestamptz
);
create index platform_sessions_user_idx on private.platform_sessions (user_id);
alter table private.platform_sessions enable row level security;
alter table private.platform_sessions force row level security;

-- 10-audit/rules-alerts.sql
-- How many entries within the rule's window count for a subject, up to the threshold.
create function private.rule_hits(p_rule private.security_rules, p_tenant uuid, p_subject uuid) returns bigint
language plpgsql stable security definer set search_path = '' as $$
begin
  if p_rule.subject = 'actor' then
    return (select count(*) from (
      select from public.audit_log l
      where l.tenant_id = p_tenant and l.actor_id = p_subject and l.occurred_at > now() - make_interval(secs => p_rule.window_seconds)
        and l.outcome = p_rule.outcome and (p_rule.reason is null or l.reason = p_rule.reason) and not coalesce(l.reason = any(p_rule.except_reasons), false)
        and (p_rule.actions is null or l.action = any(p_rule.actions))
      limit p_rule.threshold) as s);
  end if;
  return (select count(*) from (
    select from public.audit_log l
    where l.tenant_id = p_tenant and l.record_id = p_subject and l.occurred_at > now() - make_interval(secs => p_rule.window_seconds)
      and l.outcome = p_rule.outcome and (p_rule.reason is null or l.reason = p_rule.reason) and not coalesce(l.reason = any(p_rule.except_reasons), false)
      and (p_rule.actions is null or l.action = any(p_rule.actions))
    limit p_rule.threshold) as s);
end
$$;

-- The range that an address belongs to, as one client moves within: a /16 of IPv4, a /48 of IPv6.
create function private.address_range(p_address text) returns cidr
language plpgsql immutable set search_path = '' as $$
begin
  return network(set_masklen(p_address::inet, case family(p_address::inet) when 4 then 16 else 48 end));
exception when invalid_text_representation then
  return null;
end
$$;

-- Whether an entry is what a rule's condition asks for beyond action and outcome.
create function private.meets_condition(p_condition text, p_entry public.audit_log) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  if p_condition = 'at_night' then
    return (
      select extract(hour from p_entry.occurred_at at time zone t.time_zone) not between 6 and 21
      from public.tenants t where t.id = p_entry.tenant_id);
  end if;
  if p_condition = 'new_address_after_failures' then
    return private.address_range(p_entry.address) is not null
      and not exists (
        select 1 from private.tenant_sessions s
        where s.user_id = p_entry.actor_id and s.session_id is distinct from p_entry.session_id
          and private.address_range(s.ip) = private.address_range(p_entry.address))
      and 3 <= (
        select count(*) from public.audit_log l join public.memberships m on m.tenant_id = l.tenant_id and m.id = l.record_id
        where l.tenant_id = p_entry.tenant_id and m.user_id = p_entry.actor_id and l.action = 'sessions.refused'
          and l.occurred_at between p_entry.occurred_at - interval '1 hour' and p_entry.occurred_at);
  end if;
  return p_condition is null;
end
$$;

-- Does what a rule says to somebody; answers what was done in fact.
create function private.answer_suspicion(p_answer text, p_tenant uuid, p_user uuid) returns text
language plpgsql security definer set search_path = '' as $$
begin
  if p_answer = 'none' or p_user is null then
    return 'none';
  end if;
  if p_answer = 'slow' then
    insert into private.slowed_members (tenant_id, user_id, until) values (p_tenant, p_user, now() + interval '1 hour')
    on conflict (tenant_id, user_id) do update set until = excluded.until;
    return 'slow';
  end if;
  if p_answer = 'lock' then
    begin
      update public.memberships set status = 'deactivated' where tenant_id = p_tenant and user_id = p_user and status = 'active';
      return 'lock';
    exception when sqlstate 'YT002' then
      -- The last owner is kept; their sessions are not.
      null;
    end;
  end if;
  perform private.end_sessions(
    array(select s.session_id from private.tenant_sessions s where s.tenant_id = p_tenant and s.user_id = p_user and s.ended_at is null),
    'sessions.ended_by_rule');
  return 'end_sessions';
end
$$;

-- Raises an alert, answers it and tells the owners.
create function private.raise_alert(p_rule private.security_rules, p_tenant uuid, p_user uuid, p_address text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.security_events (tenant_id, rule, user_id, hits, address, answer)
  values (p_tenant, p_rule.key, p_user, p_rule.threshold, p_address, private.answer_suspicion(p_rule.answer, p_tenant, p_user));
  perform private.queue_mail('security_alert', p_tenant, m.user_id)
  from public.memberships m join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id and r.is_system and r.key = 'owner'
  where m.tenant_id = p_tenant and m.status = 'active';
  if p_rule.tell_person then
    perform private.queue_mail(case p_rule.key when 'new_address' then 'new_place_warning' else 'sign_in_warning' end, p_tenant, p_user);
  end if;
end
$$;

-- Looks at the entries that this transaction has sealed. A rule speaks once within its window.
create function private.detect_suspicious(p_below xid8) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_hit record;
begin
  for v_hit in
    select r as rule, l.tenant_id, s.subject, s.user_id, max(l.address) as address
    from public.audit_log l
    join private.audit_chain c on c.tenant_id = l.tenant_id and c.entry_id = l.id and c.sealed_at = now()
    join private.security_rules r
      on r.outcome = l.outcome and (r.actions is null or l.action = any(r.actions)) and (r.reason is null or r.reason = l.reason)
        and not coalesce(l.reason = any(r.except_reasons), false)
    left join public.memberships m on r.subject = 'member' and m.tenant_id = l.tenant_id and m.id = l.record_id
    cross join lateral (
      select case r.subject when 'actor' then l.actor_id else m.id end as subject,
        case r.subject when 'actor' then l.actor_id else m.user_id end as user_id) as s
    where l.xid >= p_below and s.subject is not null
      and l.occurred_at > now() - make_interval(secs => r.window_seconds)
      and private.meets_condition(r.condition, l)
      and not exists (select 1 from private.platform_admins a where a.user_id = l.actor_id and a.removed_at is null)
    group by r, l.tenant_id, s.subject, s.user_id
  loop
    if private.rule_hits(v_hit.rule, v_hit.tenant_id, v_hit.subject) >= (v_hit.rule).threshold
      and not exists (
        select 1 from public.security_events e
        where e.tenant_id = v_hit.tenant_id and e.rule = (v_hit.rule).key and e.user_id is not distinct from v_hit.user_id
          and e.occurred_at > now() - make_interval(secs => (v_hit.rule).window_seconds))
    then
      -- What goes wrong with one alert must not keep the others' entries from being sealed.
      begin
        perform private.raise_alert(v_hit.rule, v_hit.tenant_id, v_hit.user_id, v_hit.address);
      exception when others then
        raise warning 'an alert of the rule % was not raised: %', (v_hit.rule).key, sqlstate;
      end;
    end if;
  end loop;
end
$$;

-- Tells a clinic that its log does not verify; once a day. The daily check calls it.
create function private.report_broken_audit(p_tenant uuid) returns void
language sql volatile security definer set search_path = '' as $$
  select private.raise_alert(r, p_tenant, null, null) from private.security_rules r
  where r.key = 'broken_log' and not exists (
    select 1 from public.security_events e
    where e.tenant_id = p_tenant and e.rule = r.key and e.occurred_at > now() - make_interval(secs => r.window_seconds))
$$;

-- The clinic's alerts, at most 200: the open ones first, then the newest.
create function private.list_alerts() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('audit.read');
begin
  return (
    select jsonb_build_object(
      'total', (select count(*) from public.security_events e where e.tenant_id = v_tenant),
      'open', (select count(*) from public.security_events e where e.tenant_id = v_tenant and e.resolved_at is null),
      'rows', (
        select coalesce(jsonb_agg(to_jsonb(x) order by x.resolved_at is not null, x.occurred_at desc), '[]') from (
          select e.id, r.key as rule, r.title, replace(r.description, '{n}', e.hits::text) as description, e.occurred_at, e.user_id, p.full_name as person, e.address, e.answer, e.resolved_at, e.note,
            q.full_name as resolved_by
          from public.security_events e
          join private.security_rules r on r.key = e.rule
          left join public.profiles p on p.user_id = e.user_id
          left join public.profiles q on q.user_id = e.resolved_by
          where e.tenant_id = v_tenant
          order by e.resolved_at is not null, e.occurred_at desc limit 200) as x)));
end
$$;

create function public.list_alerts() returns jsonb
language sql stable set search_path = '' as $$ select private.list_alerts() $$;

-- Closes an alert with a note. False when it is closed already, or there is none of this id.
create function private.resolve_alert(p_alert uuid, p_note text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('audit.resolve');
  v_event public.security_events;
begin
  update public.security_events set resolved_at = now(), resolved_by = auth.uid(), note = p_note
  where tenant_id = v_tenant and id = p_alert and resolved_at is null
    -- Nobody lets themselves off; owners have nobody above them.
    and (user_id is distinct from auth.uid() or exists (
      select 1 from public.memberships m join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id and r.is_system and r.key = 'owner'
      where m.tenant_id = v_tenant and m.user_id = auth.uid()))
  returning * into v_event;
  if not found then
    return false;
  end if;
  -- Whoever closes the alert lets the person work at their own pace again.
  if v_event.answer = 'slow' then
    delete from private.slowed_members where tenant_id = v_tenant and user_id = v_event.user_id;
  end if;
  return true;
end
$$;

create function public.resolve_alert(p_alert uuid, p_note text) returns boolean
language sql volatile set search_path = '' as $$ select private.resolve_alert(p_alert, p_note) $$;

grant execute on function
  private.list_alerts(), public.list_alerts(),
  private.resolve_alert(uuid, text), public.resolve_alert(uuid, text)
to authenticated;

-- 10-audit/rules-chain.sql
create function private.forget_audit() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from private.audit_chain where tenant_id in (select id from old_rows);
  delete from public.audit_log where tenant_id in (select id from old_rows);
  insert into private.forgotten_tenants (id) select id from old_rows on conflict do nothing;
  return null;
end
$$;

create trigger tenants_forget_audit after delete on public.tenants
  referencing old table as old_rows for each statement execute function private.forget_audit();

create function private.purge_forgotten() returns void
language sql security definer set search_path = '' as $$
  delete from private.audit_chain where tenant_id in (select id from private.forgotten_tenants where forgotten_at < now() - interval '1 hour');
  delete from public.audit_log where tenant_id in (select id from private.forgotten_tenants where forgotten_at < now() - interval '1 hour');
  delete from private.forgotten_tenants where forgotten_at < now() - interval '1 hour';
$$;

create function private.audit_digest(l public.audit_log) returns bytea
language sql stable set search_path = '' as $$
  select sha256(convert_to(row(
    l.tenant_id, l.id, (extract(epoch from l.occurred_at) * 1000000)::bigint, l.actor_id, l.session_id, l.request_id, l.action, l.record_id,
    l.changed_fields, l.outcome, l.reason, l.address, l.user_agent, encode(l.values_mac, 'hex'))::text, 'UTF8'))
$$;

-- The hashes of entries that follow on a hash, one for each digest.
create function private.chained(p_before bytea, p_digests bytea[]) returns bytea[]
language plpgsql immutable strict set search_path = '' as $$
declare
  v_hash bytea := p_before;
  v_digest bytea;
  v_hashes bytea[] := '{}';
begin
  foreach v_digest in array p_digests loop
    v_hash := sha256(v_hash || v_digest);
    v_hashes := v_hashes || v_hash;
  end loop;
  return v_hashes;
end
$$;

create function private.chain_origin(p_tenant uuid) returns bytea
language sql immutable set search_path = '' as $$ select sha256(convert_to(p_tenant::text, 'UTF8')) $$;

-- Seals what has been written since, whatever the order in which transactions end, at most 50,000 entries at once. Answers how many.
create function private.seal_audit() returns integer
language plpgsql security definer set search_path = '' as $$
declare
  -- Whatever began before this has ended: no entry of an earlier transaction is still to come.
  v_horizon constant xid8 := pg_snapshot_xmin(pg_current_snapshot());
  v_sealer private.audit_sealer;
  v_restored boolean;
  v_limit constant integer := 50000;
  v_sealed integer;
begin
  -- Another that seals just now does it for all.
  select * into v_sealer from private.audit_sealer for update skip locked;
  if not found then
    return 0;
  end if;
  -- A database that was restored elsewhere counts its transactions anew.
  v_restored := v_sealer.below > pg_snapshot_xmax(pg_current_snapshot());
  with fresh as (
    select l.tenant_id, array_agg(l.id order by l.xid, l.id) as ids, array_agg(private.audit_digest(l) order by l.xid, l.id) as digests
    from (
      select x.* from public.audit_log x
      where (v_restored or (x.xid >= v_sealer.below and x.id > v_sealer.entry_id))
        and not exists (select 1 from private.audit_chain c where c.tenant_id = x.tenant_id and c.entry_id = x.id)
      order by x.xid, x.id limit v_limit) as l
    group by l.tenant_id
  )
  insert into private.audit_chain (tenant_id, position, entry_id, hash)
  select f.tenant_id, coalesce(h.position, 0) + u.n, u.id, u.hash
  from fresh f
  left join lateral (
    select c.position, c.hash from private.audit_chain c where c.tenant_id = f.tenant_id order by c.position desc limit 1) as h on true
  cross join lateral unnest(f.ids, private.chained(coalesce(h.hash, private.chain_origin(f.tenant_id)), f.digests)) with ordinality as u (id, hash, n);
  get diagnostics v_sealed = row_count;
  if v_sealed > 0 and not v_restored then
    perform private.detect_suspicious(v_sealer.below);
  end if;
  if v_sealed = v_limit then
    -- There may be more of the same transactions; the next call goes on.
    return v_sealed;
  end if;
  if v_restored then
    update private.audit_sealer set below = v_horizon, entry_id = coalesce((select max(c.entry_id) from private.audit_chain c), 0);
  else
    update private.audit_sealer set below = greatest(below, v_horizon);
  end if;
  return v_sealed;
end
$$;

-- Verifies a stretch of a clinic's chain after a position, which must itself have been verified. `broken` names the first entry that
-- does not fit: 'missing' from the log or the chain, 'changed', or not as it was 'anchored'. At the end of the chain entries that are
-- settled, and yet in no chain, are 'unsealed'; those that wait for the sealer are counted.
create function private.verify_audit(p_tenant uuid, p_after bigint default 0, p_limit integer default 20000) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_start bytea := private.chain_origin(p_tenant);
  v_last bigint;
  v_checked integer;
  v_broken jsonb;
  v_settled bigint;
  v_waiting bigint := 0;
begin
  if p_after > 0 then
    select hash into v_start from private.audit_chain where tenant_id = p_tenant and position = p_after;
  end if;
  with stretch as (
    select c.position, c.entry_id, c.hash, row_number() over (order by c.position) as n
    from private.audit_chain c where c.tenant_id = p_tenant and c.position > p_after
    order by c.position limit p_limit
  ),
  read as (
    select s.n, s.position, s.entry_id, s.hash, l.id is null as missing, case when l.id is not null then private.audit_digest(l) end as digest
    from stretch s left join public.audit_log l on l.tenant_id = p_tenant and l.id = s.entry_id
  ),
  expected as (
    select r.*, u.hash as should
    from read r
    join unnest(private.chained(coalesce(v_start, ''), (select array_agg(x.digest order by x.n) from read x))) with ordinality as u (hash, n) on u.n = r.n
  ),
  judged as (
    select e.position, e.entry_id, p_after + e.n as wanted,
      case
        when e.missing or e.position <> p_after + e.n or v_start is null then 'missing'
        when e.hash <> e.should then 'changed'
        when a.hash is not null and a.hash <> e.hash then 'anchored'
      end as why
    from expected e
    left join private.audit_anchors a on a.tenant_id = p_tenant and a.position = e.position
  )
  select count(*), max(position),
    (select jsonb_build_object('position', b.wanted, 'entry', case when b.position = b.wanted then b.entry_id end, 'why', b.why)
     from judged b where b.why is not null order by b.position limit 1)
  into v_checked, v_last, v_broken from judged;
  v_last := coalesce(v_last, p_after);
  if v_broken is null and v_checked < p_limit then
    select jsonb_build_object('position', min(a.position), 'entry', null, 'why', 'cut') into v_broken
    from private.audit_anchors a where a.tenant_id = p_tenant and a.position > v_last having count(*) > 0;
    if v_broken is null then
      select count(*) filter (where l.xid < z.below or l.id <= z.entry_id), count(*) into v_settled, v_waiting
      from public.audit_log l cross join private.audit_sealer z where l.tenant_id = p_tenant;
      v_waiting := v_waiting - v_last;
      -- Only then they are looked for: it takes long in a large log.
      if v_settled > v_last then
        select jsonb_build_object('position', null, 'entry', min(l.id), 'why', 'unsealed') into v_broken
        from public.audit_log l cross join private.audit_sealer z
        where l.tenant_id = p_tenant and (l.xid < z.below or l.id <= z.entry_id)
          and not exists (select 1 from private.audit_chain c where c.tenant_id = p_tenant and c.entry_id = l.id)
        having count(*) > 0;
      end if;
    end if;
  end if;
  return jsonb_build_object(
    'checked', v_checked, 'last', v_last, 'done', v_checked < p_limit or v_broken is not null, 'broken', v_broken, 'waiting', coalesce(v_waiting, 0));
end
$$;

create function public.verify_audit(p_after bigint default 0) returns jsonb
language sql volatile set search_path = '' as $$ select private.verify_own_audit(p_after) $$;

create function private.verify_own_audit(p_after bigint) returns jsonb
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('audit.read');
begin
  if p_after = 0 then
    perform private.write_audit(v_tenant, 'audit_log.verified', null);
  end if;
  return private.verify_audit(v_tenant, p_after);
end
$$;

-- The head of each clinic's chain, and the last one that was kept; a chain that has become shorter is there as well.
create function private.audit_heads() returns table (tenant_id uuid, slug text, "position" bigint, hash text, anchored bigint)
language sql stable security definer set search_path = '' as $$
  select t.id, t.slug, coalesce(h.position, 0), coalesce(encode(h.hash, 'hex'), ''), coalesce(a.position, 0)
  from public.tenants t
  left join lateral (select c.position, c.hash from private.audit_chain c where c.tenant_id = t.id order by c.position desc limit 1) as h on true
  left join lateral (select max(x.position) as position from private.audit_anchors x where x.tenant_id = t.id) as a on true
  where h.position is not null or a.position is not null
$$;

create function private.keep_audit_anchor(p_tenant uuid, p_position bigint) returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.audit_anchors (tenant_id, position, hash)
  select tenant_id, position, hash from private.audit_chain where tenant_id = p_tenant and position = p_position
  on conflict do nothing
$$;

grant execute on function
  private.verify_own_audit(bigint),
  public.verify_audit(bigint)
to authenticated;

-- 10-audit/rules-log.sql
-- Notes in the log that somebody was refused. The app calls it after the fact, in a transaction of its own: the one that was refused
-- is undone. Nothing is written for a session that opens no clinic.
create function private.record_refusal(p_session uuid, p_request text, p_address text, p_action text, p_reason text, p_record uuid) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.audit_log (tenant_id, actor_id, session_id, request_id, action, record_id, outcome, reason, address)
  select s.tenant_id, s.user_id, s.session_id, left(p_request, 64), p_action, p_record, 'refused', left(p_reason, 60), left(p_address, 64)
  from private.tenant_sessions s
  where s.session_id = p_session and private.session_runs_out(s) > now() and private.session_alive(s.session_id, s.user_id)
$$;

create function public.record_refusal(
  p_session uuid, p_request text, p_address text, p_action text, p_reason text, p_record uuid default null) returns void
language sql volatile set search_path = '' as $$ select private.record_refusal(p_session, p_request, p_address, p_action, p_reason, p_record) $$;

-- Notes a sign-in or a code that failed in the log of the clinic that it was tried at, and where the account works elsewhere, there;
-- the record is the membership. What was typed as an address stays out: it could be a password. Called by the app, which saw it fail.
create function private.record_failed_sign_in(p_slug text, p_email text, p_address text, p_user_agent text, p_reason text) returns void
language sql volatile security definer set search_path = '' as $$
  insert into public.audit_log (tenant_id, action, record_id, outcome, reason, address, user_agent)
  select t.id, 'sessions.refused', m.id, 'failed', case when t.slug = p_slug then p_reason else 'elsewhere' end, left(nullif(p_address, ''), 64),
    left(nullif(p_user_agent, ''), 300)
  from public.tenants t
  left join auth.users u on lower(u.email) = p_email and not u.is_sso_user
  left join public.memberships m on m.tenant_id = t.id and m.user_id = u.id
  where t.status = 'active' and (
    t.slug = p_slug
    or t.id in (
      select o.tenant_id from auth.users a join public.memberships o on o.user_id = a.id and o.status = 'active'
      where lower(a.email) = p_email and not a.is_sso_user))
$$;

create function public.record_failed_sign_in(p_slug text, p_email text, p_address text, p_user_agent text, p_reason text) returns void
language sql volatile set search_path = '' as $$ select private.record_failed_sign_in(p_slug, p_email, p_address, p_user_agent, p_reason) $$;

-- A page of the log, the newest first, of whole days of the clinic; the cursor is an entry's id.
create function private.list_audit(
  p_actor uuid, p_action text, p_record uuid, p_from date, p_to date, p_cursor bigint, p_backwards boolean, p_limit integer, p_outcome text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('audit.read');
  v_limit constant integer := least(greatest(p_limit, 1), 1000);
  v_zone constant text := (select time_zone from public.tenants where id = v_tenant);
  v_where text;
  v_rows jsonb;
begin
  v_where := concat(
    case when p_actor is not null then ' and l.actor_id = $2' end,
    -- As a literal, so that the planner sees whether the index covers it.
    case when p_action is not null then format(' and l.action = %L', p_action) end,
    case when p_record is not null then ' and l.record_id = $3' end,
    case when p_outcome is not null then ' and l.outcome = $9' end,
    case when p_from is not null then ' and l.occurred_at >= $4::timestamp at time zone $8' end,
    case when p_to is not null then ' and l.occurred_at < ($5 + 1)::timestamp at time zone $8' end,
    case when p_cursor is not null then format(
      ' and (l.occurred_at, l.id) %s (select c.occurred_at, c.id from public.audit_log c where c.tenant_id = $1 and c.id = $6)',
      case when p_backwards then '>' else '<' end) end);
  execute format(
    'select coalesce(jsonb_agg(to_jsonb(x) order by x.n), ''[]'') from (
       select l.id, l.occurred_at, l.action, l.outcome, l.reason, l.record_id, l.changed_fields, l.request_id, l.n,
         coalesce(l.address, nullif(s.ip, '''')) as address, coalesce(l.user_agent, s.user_agent) as user_agent,
         l.actor_id, p.full_name as actor,
         case when a.user_id is not null then ''platform'' when l.actor_id is not null then ''person'' else ''system'' end as actor_kind,
         case when o.user_id is distinct from l.actor_id then o.full_name end as member
       from (
         select l.*, row_number() over (order by l.occurred_at %1$s, l.id %1$s) as n
         from public.audit_log l where l.tenant_id = $1 %2$s order by l.occurred_at %1$s, l.id %1$s limit $7) as l
       left join private.tenant_sessions s on s.session_id = l.session_id
       left join private.platform_admins a on a.user_id = l.actor_id
       left join public.profiles p on p.user_id = l.actor_id and a.user_id is null
       left join public.memberships m on m.tenant_id = $1 and m.id = l.record_id
       left join private.former_members g on g.tenant_id = $1 and g.membership_id = l.record_id
       left join private.tenant_sessions r on r.session_id = l.record_id and r.tenant_id = $1
       left join public.profiles o on o.user_id = coalesce(m.user_id, g.user_id, r.user_id)) as x',
    case when p_backwards then 'asc' else 'desc' end, v_where)
  into v_rows using v_tenant, p_actor, p_record, p_from, p_to, p_cursor, v_limit + 1, v_zone, p_outcome;
  return jsonb_build_object(
    'has_more', jsonb_array_length(v_rows) > v_limit,
    'rows', (
      select coalesce(jsonb_agg(e - 'n' order by case when p_backwards then -n else n end), '[]')
      from jsonb_array_elements(v_rows) with ordinality as r (e, n) where n <= v_limit));
end
$$;

create function public.list_audit(
  p_actor uuid default null, p_action text default null, p_record uuid default null, p_from date default null,
  p_to date default null, p_cursor bigint default null, p_backwards boolean default false, p_limit integer default 50, p_outcome text default null) returns jsonb
language sql stable set search_path = '' as $$
  select private.list_audit(p_actor, p_action, p_record, p_from, p_to, p_cursor, p_backwards, p_limit, p_outcome)
$$;

-- By whom and by what the log can be filtered: everybody who ever was a member, what has happened here, and what always does.
create function private.audit_filters() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('audit.read');
begin
  return jsonb_build_object(
    'people', (
      select coalesce(jsonb_agg(jsonb_build_object('id', p.user_id, 'name', p.full_name) order by private.fold(p.full_name)), '[]')
      from public.profiles p
      where p.user_id in (
        select m.user_id from public.memberships m where m.tenant_id = v_tenant
        union select g.user_id from private.former_members g where g.tenant_id = v_tenant)),
    -- What happens all day, and the rest from one to the next by the index, however many entries there are.
    'actions', (
      with recursive rare as not materialized (select l.action from public.audit_log l
        where l.tenant_id = v_tenant and l.action not in ('patients.insert', 'patients.update')),
      steps as (
        select (select min(r.action) from rare r) as action
        union all
        select (select min(r.action) from rare r where r.action > s.action) from steps s where s.action is not null)
      select jsonb_agg(action order by action) from (
        select action from steps where action is not null
        union all select unnest(array['patients.insert', 'patients.update'])) as all_actions));
end
$$;

create function public.audit_filters() returns jsonb
language sql stable set search_path = '' as $$ select private.audit_filters() $$;

-- Before the log leaves as a file: the plan, the right, the confirmed address, and a line about it.
create function private.start_audit_export() returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('audit.read');
begin
  if not private.can('exports.create') then
    raise exception 'exporting is not allowed' using errcode = '42501';
  end if;
  if not private.has_feature(v_tenant, 'audit_export') then
    raise exception 'the plan has no export of the log' using errcode = 'YQ002';
  end if;
  if not exists (select 1 from public.profiles where user_id = auth.uid() and email_verified_at is not null) then
    raise exception 'the e-mail address is not confirmed' using errcode = 'YP002';
  end if;
  perform private.assert_step_up();
  perform private.write_audit(v_tenant, 'audit_log.exported', null);
end
$$;

create function public.start_audit_export() returns void
language sql volatile set search_path = '' as $$ select private.start_audit_export() $$;

grant execute on function
  private.record_refusal(uuid, text, text, text, text, uuid), public.record_refusal(uuid, text, text, text, text, uuid),
  private.record_failed_sign_in(text, text, text, text, text), public.record_failed_sign_in(text, text, text, text, text)
to service_role;

grant execute on function
  private.list_audit(uuid, text, uuid, date, date, bigint, boolean, integer, text), public.list_audit(uuid, text, uuid, date, date, bigint, boolean, integer, text),
  private.audit_filters(), public.audit_filters(),
  private.start_audit_export(), public.start_audit_export()
to authenticated;

-- 10-audit/rules.sql
create policy audit_log_select on public.audit_log for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('audit.read')));
comment on policy audit_log_select on public.audit_log is 'Who may read the audit log reads the clinic''s.';

create policy security_events_select on public.security_events for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('audit.read')));
comment on policy security_events_select on public.security_events is 'Who may read the log sees the clinic''s alerts.';

create function private.refuse_change() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception 'the audit log only grows' using errcode = '42501';
end
$$;

create trigger audit_log_append_only before update or truncate on public.audit_log
  for each statement execute function private.refuse_change();

-- Rows go only with their whole clinic.
create function private.refuse_deletion() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select 1 from public.tenants where id = old.tenant_id) then
    raise exception 'the audit log only grows' using errcode = '42501';
  end if;
  return old;
end
$$;

create trigger audit_log_no_deletion before delete on public.audit_log for each row execute function private.refuse_deletion();

-- Who acts: the caller, or for whom a service acts (set by our own functions for their transaction).
create function private.actor_id() returns uuid
language sql stable set search_path = '' as $$
  select coalesce(auth.uid(), nullif(current_setting('yourcrm.actor', true), '')::uuid)
$$;

create function private.write_audit(p_tenant uuid, p_action text, p_record uuid, p_fields text[] default '{}') returns void
language sql security definer set search_path = '' as $$
  insert into public.audit_log (tenant_id, actor_id, session_id, request_id, action, record_id, changed_fields)
  values (p_tenant, private.actor_id(), private.session_id(), left(private.request_header('x-request-id'), 64), p_action, p_record, p_fields)
$$;

-- Statement-level: 50,000 imported rows cost one insert. TG_ARGV[0] names the column that holds the tenant, TG_ARGV[1] the one that holds
-- the patient, where the table is about patients.
create function private.audit_change() returns trigger
-- Plans are kept, and one that was made for a statement of one row would compare each row of a large one with all others.
language plpgsql security definer set search_path = '' set enable_seqscan = off set enable_nestloop = off as $$
declare
  v_actor constant uuid := private.actor_id();
  v_session constant uuid := private.session_id();
  v_request constant text := left(private.request_header('x-request-id'), 64);
  v_address constant text := private.client_address();
  v_action constant text := tg_table_name || '.' || lower(tg_op);
begin
  if tg_op = 'DELETE' then
    insert into public.audit_log (tenant_id, actor_id, session_id, request_id, address, action, record_id)
    select (r ->> tg_argv[0])::uuid, v_actor, v_session, v_request, v_address, v_action, (r ->> 'id')::uuid
    from (select to_jsonb(o) as r from old_rows o) as rows
    -- When the clinic itself is deleted its log goes with it.
    where exists (select 1 from public.tenants t where t.id = (r ->> tg_argv[0])::uuid);
    return null;
  end if;
  if tg_op = 'INSERT' then
    insert into public.audit_log (tenant_id, actor_id, session_id, request_id, address, action, record_id, values_mac)
    select (r ->> tg_argv[0])::uuid, v_actor, v_session, v_request, v_address, v_action, (r ->> 'id')::uuid,
      case when tg_argv[1] is not null then extensions.hmac(convert_to((r - 'mark_key')::text, 'UTF8'),
        coalesce((r ->> 'mark_key')::bytea, private.mark_key((r ->> tg_argv[0])::uuid, (r ->> tg_argv[1])::uuid)), 'sha256') end
    from (select to_jsonb(n) as r from new_rows n offset 0) as rows;
  else
    insert into public.audit_log (tenant_id, actor_id, session_id, request_id, address, action, record_id, changed_fields, values_mac)
    select (n.r ->> tg_argv[0])::uuid, v_actor, v_session, v_request, v_address, v_action, (n.r ->> 'id')::uuid,
      array(select jsonb_object_keys(c.fields) order by 1),
      case when tg_argv[1] is not null then extensions.hmac(convert_to(c.fields::text, 'UTF8'),
        coalesce((n.r ->> 'mark_key')::bytea, private.mark_key((n.r ->> tg_argv[0])::uuid, (n.r ->> tg_argv[1])::uuid)), 'sha256') end
    from (select to_jsonb(x) as r from new_rows x) as n
    join (select to_jsonb(x) as r from old_rows x) as o
      on coalesce(o.r ->> 'id', o.r ->> 'tenant_id') = coalesce(n.r ->> 'id', n.r ->> 'tenant_id')
    cross join lateral (
      select coalesce(jsonb_object_agg(f.key, f.value), '{}') as fields from jsonb_each(n.r) as f
      where f.value is distinct from o.r -> f.key and f.key not in ('updated_at', 'version')
    ) as c;
  end if;
  return null;
end
$$;

-- A permission of a role has no id of its own: the role's id is the record.
create function private.audit_role_permission() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'INSERT' then
    perform private.write_audit(g.tenant_id, 'role_permissions.insert', g.role_id, g.granted)
    from (select tenant_id, role_id, array_agg(permission order by permission) as granted from new_rows group by 1, 2) as g;
  else
    perform private.write_audit(g.tenant_id, 'role_permissions.delete', g.role_id, g.revoked)
    from (select tenant_id, role_id, array_agg(permission order by permission) as revoked from old_rows group by 1, 2) as g
    where exists (select 1 from public.tenants t where t.id = g.tenant_id);
  end if;
  return null;
end
$$;

-- By these the log knows a patient's lines and checks their marks.
create function private.refuse_new_identity() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception 'a patient stays who they are' using errcode = '42501';
end
$$;

-- Adds the three audit triggers to a table.
create function private.audit_table(p_table regclass, p_tenant_column text default 'tenant_id', p_patient_column text default null) returns void
language plpgsql set search_path = '' as $$
declare
  v_name constant text := (select relname from pg_catalog.pg_class where oid = p_table);
  v_arguments constant text := concat_ws(', ', quote_literal(p_tenant_column), quote_literal(p_patient_column));
begin
  execute format('create or replace trigger %I after insert on %s referencing new table as new_rows for each statement execute function private.audit_change(%s)', v_name || '_audit_insert', p_table, v_arguments);
  execute format('create or replace trigger %I after update on %s referencing old table as old_rows new table as new_rows for each statement execute function private.audit_change(%s)', v_name || '_audit_update', p_table, v_arguments);
  execute format('create or replace trigger %I after delete on %s referencing old table as old_rows for each statement execute function private.audit_change(%s)', v_name || '_audit_delete', p_table, v_arguments);
end
$$;

create function private.remember_member() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.former_members (tenant_id, membership_id, user_id)
  select o.tenant_id, o.id, o.user_id from old_rows o
  where exists (select 1 from public.tenants t where t.id = o.tenant_id) and exists (select 1 from auth.users u where u.id = o.user_id)
  on conflict do nothing;
  return null;
end
$$;

do $$
begin
  perform private.audit_table('public.tenants', 'id');
  perform private.audit_table('public.security_events');
end
$$;

create trigger append_only before update or truncate on private.audit_chain for each statement execute function private.refuse_change();
create trigger no_deletion before delete on private.audit_chain for each row execute function private.refuse_deletion();

create trigger append_only before update or truncate on private.audit_anchors for each statement execute function private.refuse_change();
create trigger no_deletion before delete on private.audit_anchors for each row execute function private.refuse_deletion();

-- 20-usage/rules-features.sql
create function private.add_feature_use(p_tenant uuid, p_feature text, p_uses bigint) returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.feature_usage as u (tenant_id, feature, day, uses)
  select t.id, p_feature, (now() at time zone t.time_zone)::date, p_uses from public.tenants t where t.id = p_tenant
  on conflict (tenant_id, day, feature) do update set uses = u.uses + excluded.uses
$$;

create function private.count_logged_features() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform private.add_feature_use(x.tenant_id, x.feature, x.uses)
  from (
    select n.tenant_id, a.feature, count(*) as uses
    from new_rows n join private.feature_actions a on a.action = n.action and (a.field is null or a.field = any(n.changed_fields))
    where n.outcome = 'done' and n.session_id is not null group by 1, 2 order by 1, 2) as x;
  return null;
end
$$;

create trigger audit_log_count_features after insert on public.audit_log
  referencing new table as new_rows for each statement execute function private.count_logged_features();

-- Counts the use of a feature that leaves no line in the log, as a page reports it.
create function private.count_feature_use(p_feature text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant();
begin
  if not private.has_feature(v_tenant, p_feature) then
    raise exception 'the plan has no such feature' using errcode = 'YQ002';
  end if;
  if private.take_rate_limit('feature-use:' || private.session_id(), 60, 60) > 0 then
    raise exception 'too many requests' using errcode = 'YR002';
  end if;
  perform private.add_feature_use(v_tenant, p_feature, 1);
end
$$;

create function public.count_feature_use(p_feature text) returns void
language sql volatile set search_path = '' as $$ select private.count_feature_use(p_feature) $$;

-- The counts of single days and hours, and who worked, are kept for as long as anybody asks for them.
create function private.purge_usage() returns void
language sql volatile security definer set search_path = '' as $$
  delete from public.usage_counters where period ~ 'T' and period < to_char(now() - interval '2 days', 'YYYY-MM-DD');
  -- The last of them says what a total was from then on.
  delete from public.usage_counters c
  where c.period ~ '^.{10}$' and c.period < to_char(now() - interval '400 days', 'YYYY-MM-DD') and exists (
    select 1 from public.usage_counters n
    where n.tenant_id = c.tenant_id and n.metric = c.metric and n.period ~ '^.{10}$' and n.period > c.period
      and n.period < to_char(now() - interval '400 days', 'YYYY-MM-DD'));
  delete from private.active_days where day < now() - interval '400 days';
  delete from private.feature_usage where day < now() - interval '400 days';
$$;

-- The days until today by the clinic's clock: counts, who worked, which features were used.
create function private.usage_history(p_days integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant();
  v_today date;
  v_first date;
begin
  select (now() at time zone t.time_zone)::date into v_today from public.tenants t where t.id = v_tenant;
  v_first := v_today - least(greatest(p_days, 1), 366) + 1;
  return jsonb_build_object(
    'first', v_first, 'today', v_today,
    -- Of what has a total, also what it was before the first day.
    'days', (
      select coalesce(jsonb_agg(jsonb_build_object('metric', c.metric, 'day', c.period, 'used', c.used) order by c.metric, c.period), '[]')
      from public.usage_counters c join private.metrics m on m.metric = c.metric and m.counted
      where c.tenant_id = v_tenant and c.period ~ '^.{10}$' and c.period <= v_today::text and c.period >= coalesce(
        case when m.period = 'total' then (
          select max(b.period) from public.usage_counters b
          where b.tenant_id = v_tenant and b.metric = c.metric and b.period ~ '^.{10}$' and b.period < v_first::text) end, v_first::text)),
    'active', (
      select coalesce(jsonb_agg(jsonb_build_object('day', x.day, 'used', x.people) order by x.day), '[]')
      from (select day, count(*) as people from private.active_days where tenant_id = v_tenant and day between v_first and v_today group by 1) as x),
    'features', (
      select coalesce(jsonb_agg(jsonb_build_object('feature', x.feature, 'uses', x.uses) order by x.uses desc, x.feature), '[]')
      from (select feature, sum(uses) as uses from private.feature_usage where tenant_id = v_tenant and day between v_first and v_today group by 1) as x));
end
$$;

create function public.usage_history(p_days integer) returns jsonb
language sql stable set search_path = '' as $$ select private.usage_history(p_days) $$;

-- What changed for the clinics that somebody watches. `p_known` is {tenant: digest} as text, with what the caller knows; answered are
-- those that are otherwise now.
create function private.usage_news(p_known text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_object_agg(x.tenant, jsonb_build_object('digest', md5(x.usage::text), 'usage', x.usage)), '{}')
  from (select k.key as tenant, k.value as digest, private.usage_facts(k.key::uuid) as usage from json_each_text(p_known::json) as k
    -- Each clinic is looked up once.
    offset 0) as x
  where x.usage is not null and md5(x.usage::text) <> x.digest
$$;

create function public.usage_news(p_known text) returns jsonb
language sql stable set search_path = '' as $$ select private.usage_news(p_known) $$;

grant execute on function
  private.count_feature_use(text), public.count_feature_use(text),
  private.usage_history(integer), public.usage_history(integer)
to authenticated;

grant execute on function
  private.usage_news(text), public.usage_news(text)
to service_role;

-- 20-usage/rules.sql
create policy usage_counters_select on public.usage_counters for select to authenticated
  using (tenant_id = (select private.current_tenant_id()));
comment on policy usage_counters_select on public.usage_counters is 'Every member sees how much of the plan is used.';

create policy limit_overrides_select on public.limit_overrides for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('billing.read')));
comment on policy limit_overrides_select on public.limit_overrides is 'Who sees the plan sees what was granted beside it.';

create policy feature_overrides_select on public.feature_overrides for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('billing.read')));
comment on policy feature_overrides_select on public.feature_overrides is 'Who sees the plan sees what was granted beside it.';

-- A clinic's limit as it is now; null means unlimited.
create function private.plan_limit(p_tenant uuid, p_metric text) returns bigint
language plpgsql stable security definer set search_path = '' as $$
begin
  return (select max_value from private.limits where tenant_id = p_tenant and metric = p_metric);
end
$$;

-- Moves a running total. The condition is re-checked under the row's lock, so parallel inserts never overshoot. What counts a table's
-- rows calls this by name.
create function private.move_total(p_tenant uuid, p_metric text, p_by bigint) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  perform private.take_usage(p_tenant, p_metric, p_by);
end
$$;

-- Each counted table has a function of its own: PostgreSQL keeps the plan of a fixed statement, and planned the one that
-- was put together at every insert anew.
create function private.limit_table(p_table regclass, p_metric text, p_counted text) returns void
language plpgsql set search_path = '' as $$
declare
  v_name constant text := (select relname from pg_catalog.pg_class where oid = p_table);
  v_body constant text :=
    'perform private.move_total(d.tenant_id, %1$L, d.n)
     from (select tenant_id, sum(n)::bigint as n from (%2$s) as sides group by 1 order by 1) as d;';
  v_new constant text := format('select tenant_id, count(*) filter (where %s) as n from new_rows group by 1', p_counted);
  v_old constant text := format('select tenant_id, -count(*) filter (where %s) as n from old_rows group by 1', p_counted);
begin
  execute format(
    'create or replace function private.%1$I() returns trigger
     language plpgsql security definer set search_path = '''' as $body$
     begin
       if tg_op = ''INSERT'' then
         %2$s
       elsif tg_op = ''DELETE'' then
         %3$s
       else
         %4$s
       end if;
       return null;
     end
     $body$',
    'count_' || v_name,
    format(v_body, p_metric, v_new), format(v_body, p_metric, v_old), format(v_body, p_metric, v_new || ' union all ' || v_old));
  execute format('create or replace trigger %I after insert on %s referencing new table as new_rows for each statement execute function private.%I()', v_name || '_total_insert', p_table, 'count_' || v_name);
  execute format('create or replace trigger %I after update on %s referencing old table as old_rows new table as new_rows for each statement execute function private.%I()', v_name || '_total_update', p_table, 'count_' || v_name);
  execute format('create or replace trigger %I after delete on %s referencing old table as old_rows for each statement execute function private.%I()', v_name || '_total_delete', p_table, 'count_' || v_name);
end
$$;

-- Whether the clinic's plan includes a feature.
create function private.has_feature(p_tenant uuid, p_feature text) returns boolean
language sql stable security definer set search_path = '' as $$ select p_feature = any(private.features_of(p_tenant)) $$;

-- The period that a moment belongs to, by the clinic's clock: a month as 2026-11, a day as 2026-11-22. Hours are UTC's, which never
-- repeat: 2026-11-22T07.
create function private.usage_period(p_period text, p_zone text, p_at timestamptz) returns text
language plpgsql immutable set search_path = '' as $$
begin
  return case p_period
    when 'total' then 'total'
    when 'month' then to_char(p_at at time zone p_zone, 'YYYY-MM')
    when 'day' then to_char(p_at at time zone p_zone, 'YYYY-MM-DD')
    when 'hour' then to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24')
  end;
end
$$;
comment on function private.usage_period(text, text, timestamptz) is
  'plpgsql on purpose, as everything that a count calls: PostgreSQL plans functions in SQL anew at each call.';

-- The limit that counts of those that a clinic could have; null means unlimited. A plan that says nothing about a limited metric gives
-- none of it.
create function private.choose_limit(
  p_limited boolean, p_override public.limit_overrides, p_planned public.plan_limits, p_in_trial boolean, p_trial bigint) returns bigint
language plpgsql immutable set search_path = '' as $$
begin
  return case
    when not p_limited then null
    when p_override.id is not null then p_override.max_value
    when p_planned.plan_id is null then 0
    when p_in_trial then least(p_planned.max_value, p_trial)
    else p_planned.max_value
  end;
end
$$;

-- Every clinic's limits as they are now, with the period by which each is counted.
create view private.limits with (security_invoker = true) as
select
  t.id as tenant_id, t.time_zone, m.metric, m.period, m.counted,
  private.choose_limit(m.limited, o, l, s.status = 'trialing', r.max_value) as max_value
from public.tenants t
join public.tenant_subscriptions s on s.tenant_id = t.id
cross join private.metrics m
left join public.limit_overrides o on o.tenant_id = t.id and o.metric = m.metric and (o.expires_at is null or o.expires_at > now())
left join public.plan_limits l on l.plan_id = s.plan_id and l.metric = m.metric
left join private.trial_limits r on r.metric = m.metric;

-- What a clinic has more of than a plan allows: [{metric, used, limit}]. What is counted by the month begins anew anyway.
create function private.over_limits(p_tenant uuid, p_plan uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('metric', x.metric, 'used', x.used, 'limit', x.max_value) order by x.metric), '[]')
  from (
    select c.metric, c.used, private.choose_limit(m.limited, o, l, false, null) as max_value
    from public.usage_counters c
    join private.metrics m on m.metric = c.metric
    left join public.limit_overrides o on o.tenant_id = p_tenant and o.metric = c.metric and (o.expires_at is null or o.expires_at > now())
    left join public.plan_limits l on l.plan_id = p_plan and l.metric = c.metric
    where c.tenant_id = p_tenant and c.period = 'total') as x
  where x.used > x.max_value
$$;

-- The threshold that a use has come to, in per cent of its limit.
create function private.usage_level(p_used bigint, p_limit bigint) returns smallint
language plpgsql immutable set search_path = '' as $$
begin
  return case when p_limit is null or p_limit = 0 then 0 when p_used >= p_limit then 100 when p_used * 10 >= p_limit * 8 then 80 else 0 end;
end
$$;

-- Whether a use is so far below the first threshold that coming to it again is news: one who leaves and comes back is none.
create function private.usage_rearms(p_used bigint, p_limit bigint) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return p_limit is null or (p_used * 10 < p_limit * 7 and p_used + 2 <= ceil(p_limit * 0.8));
end
$$;

-- Counts a use, or gives one back, in the transaction of what it counts; refuses what goes over the limit. The counter's lock is taken
-- before the limit is read, so that neither parallel uses nor a smaller plan that comes in between let one through.
create function private.take_usage(p_tenant uuid, p_metric text, p_by bigint, p_at timestamptz default now()) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_kind text;
  v_period text;
  v_was public.usage_counters;
  v_limit bigint;
  v_zone text;
  v_used bigint;
  v_told smallint;
  v_level smallint;
  v_day text;
  v_rows integer;
begin
  if p_by = 0 or p_by is null then
    return;
  end if;
  select period into v_kind from private.metrics where metric = p_metric;
  select case v_kind when 'total' then 'total' else private.usage_period(v_kind, t.time_zone, p_at) end into v_period
  from public.tenants t where t.id = p_tenant;
  if not found then
    -- The clinic itself is being deleted, and its counters with it.
    return;
  end if;
  select * into v_was from public.usage_counters where tenant_id = p_tenant and metric = p_metric and period = v_period for update;
  if not found then
    insert into public.usage_counters (tenant_id, metric, period) values (p_tenant, p_metric, v_period) on conflict do nothing;
    select * into v_was from public.usage_counters where tenant_id = p_tenant and metric = p_metric and period = v_period for update;
  end if;
  select max_value, time_zone into v_limit, v_zone from private.limits where tenant_id = p_tenant and metric = p_metric;
  -- What was counted in a period that another time zone calls otherwise must not keep anything from being given back.
  v_used := greatest(v_was.used + p_by, 0);
  if p_by > 0 and v_used > v_limit then
    raise exception 'quota exceeded' using errcode = 'YQ001',
      detail = json_build_object('metric', p_metric, 'limit', v_limit, 'used', v_was.used)::text;
  end if;
  -- Told once for each threshold; told again only after the use was well below it, or the limit well above.
  v_told := case when private.usage_rearms(v_was.used, v_limit) then 0 else v_was.warned end;
  v_level := private.usage_level(v_used, v_limit);
  -- Of a total the day on which it is written, not the one on which the wait for the lock began.
  v_day := private.usage_period('day', v_zone, case v_kind when 'total' then clock_timestamp() else p_at end);
  update public.usage_counters c
  set used = case when c.period = v_period or v_kind = 'total' then v_used else greatest(c.used + p_by, 0) end,
    warned = case
      when c.period <> v_period or private.usage_rearms(v_used, v_limit) then 0
      when p_by > 0 then greatest(v_told, v_level)
      else v_told
    end
  where tenant_id = p_tenant and metric = p_metric and period in (v_period, v_day);
  get diagnostics v_rows = row_count;
  if v_rows < 2 then
    insert into public.usage_counters as c (tenant_id, metric, period, used)
    values (p_tenant, p_metric, v_day, case when v_kind = 'total' then v_used else greatest(p_by, 0) end)
    on conflict (tenant_id, metric, period) do update set used = greatest(c.used + p_by, 0);
  end if;
  if p_by > 0 and v_level > v_told then
    perform private.notify_billing(
      p_tenant, case when v_level = 100 then 'limit_reached' else 'limit_near' end, clock_timestamp(),
      jsonb_build_object('metric', p_metric, 'used', v_used, 'limit', v_limit));
  end if;
end
$$;

-- What is used of what the clinic may: {metric: {used, limit, period}}, in the period that runs now.
create function private.usage_facts(p_tenant uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  return (
    select jsonb_object_agg(l.metric, jsonb_build_object('used', coalesce(c.used, 0), 'limit', l.max_value, 'period', l.period))
    from private.limits l
    left join public.usage_counters c
      on c.tenant_id = l.tenant_id and c.metric = l.metric and c.period = private.usage_period(l.period, l.time_zone, now())
    where l.tenant_id = p_tenant and l.counted);
end
$$;

-- What the clinic of an address uses, for any of its members: {tenant_id, session_id, usage, digest}, and null for everybody else. Asking
-- is no activity of the session.
create function private.current_usage(p_slug text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := (select id from public.tenants where id = private.current_tenant_id() and slug = p_slug);
  v_usage constant jsonb := private.usage_facts(v_tenant);
begin
  return case when v_usage is not null then jsonb_build_object(
    'tenant_id', v_tenant, 'session_id', private.session_id(), 'usage', v_usage, 'digest', md5(v_usage::text)) end;
end
$$;

create function public.current_usage(p_slug text) returns jsonb
language sql stable set search_path = '' as $$ select private.current_usage(p_slug) $$;

-- Whether as much more of a metric is allowed: {metric, period, used, limit, amount, allowed}. Only doing it decides for good.
create function private.check_limit(p_metric text, p_amount bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant();
begin
  return (
    select jsonb_build_object(
      'metric', l.metric, 'period', l.period, 'used', coalesce(c.used, 0), 'limit', l.max_value, 'amount', p_amount,
      'allowed', l.max_value is null or coalesce(c.used, 0) + p_amount <= l.max_value)
    from private.limits l
    left join public.usage_counters c
      on c.tenant_id = l.tenant_id and c.metric = l.metric and c.period = private.usage_period(l.period, l.time_zone, now())
    where l.tenant_id = v_tenant and l.metric = p_metric);
end
$$;

create function public.check_limit(p_metric text, p_amount bigint) returns jsonb
language sql stable set search_path = '' as $$ select private.check_limit(p_metric, p_amount) $$;

-- A session shows that it is used when it begins, and once a minute while it is.
create function private.note_active_day() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into private.active_days (tenant_id, day, user_id)
  select t.id, (new.last_seen_at at time zone t.time_zone)::date, new.user_id from public.tenants t where t.id = new.tenant_id
  on conflict do nothing;
  return null;
end
$$;

-- The features that a clinic has now, in order of their names.
create function private.features_of(p_tenant uuid) returns text[]
language sql stable security definer set search_path = '' as $$
  with own as (
    select feature, granted from public.feature_overrides where tenant_id = p_tenant and (expires_at is null or expires_at > now()))
  select array(
    select f.feature from public.tenant_subscriptions s join public.plan_features f on f.plan_id = s.plan_id
    where s.tenant_id = p_tenant and f.feature not in (select feature from own where not granted)
    union
    select feature from own where granted
    order by 1)
$$;

-- The plan as it counts now. `chosen` is what begins when the trial ends; `owed_until` is when an open payment leads to a hold.
create function private.plan_facts(p_tenant uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'key', p.key, 'name', p.name, 'status', s.status, 'trial_ends_at', s.trial_ends_at,
    'chosen', case when s.stripe_status = 'trialing' and s.ends_at is null then (select b.name from public.plans b where b.id = s.bought_plan_id) end,
    'owed_until', s.past_due_since + private.payment_grace(),
    'features', private.features_of(p_tenant),
    -- What was granted or taken beside the plan: {feature: whether granted}.
    'overrides', (
      select coalesce(jsonb_object_agg(o.feature, o.granted), '{}') from public.feature_overrides o
      where o.tenant_id = p_tenant and (o.expires_at is null or o.expires_at > now())))
  from public.tenant_subscriptions s join public.plans p on p.id = s.plan_id
  where s.tenant_id = p_tenant
$$;

grant execute on function
  private.current_usage(text), public.current_usage(text),
  private.check_limit(text, bigint), public.check_limit(text, bigint)
to authenticated;

do $$
begin
  perform private.audit_table('public.limit_overrides');
  perform private.audit_table('public.feature_overrides');
end
$$;

-- 30-access/rules-account.sql
-- Makes the verification token of a user, replacing an earlier one. Called by the mail job only.
create function private.issue_email_verification(p_user uuid, p_token_hash bytea) returns void
language sql security definer set search_path = '' as $$
  insert into private.email_verifications (user_id, token_hash, email, expires_at)
  select u.id, p_token_hash, u.email, now() + interval '7 days' from auth.users u where u.id = p_user
  on conflict (user_id) do update set token_hash = excluded.token_hash, email = excluded.email, expires_at = excluded.expires_at
$$;

-- Redeems a token once; false when it is unknown, used, expired or for an address the user no longer has.
create function private.verify_email(p_token text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_user uuid;
  v_membership record;
begin
  delete from private.email_verifications v using auth.users u
  where v.token_hash = sha256(convert_to(p_token, 'UTF8')) and v.expires_at > now() and u.id = v.user_id and u.email = v.email
  returning v.user_id into v_user;
  if v_user is null then
    return false;
  end if;
  update public.profiles set email_verified_at = now() where user_id = v_user;
  for v_membership in select id, tenant_id from public.memberships where user_id = v_user loop
    perform private.write_audit(v_membership.tenant_id, 'profiles.email_verified', v_membership.id);
  end loop;
  return true;
end
$$;

create function public.verify_email(p_token text) returns boolean
language sql volatile set search_path = '' as $$
  select private.verify_email(p_token)
$$;

-- A confirmation is about an address: another address has to be confirmed anew.
create function private.forget_verification() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.profiles set email_verified_at = null where user_id = new.id;
  delete from private.email_verifications where user_id = new.id;
  perform private.note_for_memberships(new.id, 'profiles.email_changed');
  return null;
end
$$;

create trigger users_forget_verification after update of email on auth.users
  for each row when (old.email is distinct from new.email) execute function private.forget_verification();

-- Makes the reset token of a user, replacing an earlier one. Called by the mail job only.
create function private.issue_password_reset(p_user uuid, p_token_hash bytea) returns void
language sql security definer set search_path = '' as $$
  insert into private.password_resets (user_id, token_hash, expires_at) values (p_user, p_token_hash, now() + interval '1 hour')
  on conflict (user_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at
$$;

-- Sends the verification mail once more; at most three an hour. Answers whether it was queued. An owner under a hold may still confirm
-- the address, which the export wants.
create function private.resend_verification() returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.session_tenant_id();
begin
  if v_tenant is null or exists (select 1 from public.profiles where user_id = auth.uid() and email_verified_at is not null) then
    return false;
  end if;
  if private.take_rate_limit('verify-mail:' || auth.uid(), 3, 3600) > 0 then
    return false;
  end if;
  perform private.queue_mail('verify_email', v_tenant, auth.uid());
  return true;
end
$$;

-- Sends the verification mail once more; at most three an hour. Answers whether it was queued. An owner under a hold may still confirm
-- the address, which the export wants.
create function public.resend_verification() returns boolean
language sql volatile set search_path = '' as $$
  select private.resend_verification()
$$;

-- Queues a reset mail when the address belongs to a member of the clinic, or to somebody who is invited; silent either way, at most three
-- an hour per address.
create function private.request_password_reset(p_slug text, p_email text) returns void
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

-- Queues a reset mail when the address belongs to a member of the clinic, or to somebody who is invited; silent either way, at most three
-- an hour per address.
create function public.request_password_reset(p_slug text, p_email text) returns void
language sql volatile set search_path = '' as $$
  select private.request_password_reset(p_slug, p_email)
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

create function private.update_own_name(p_name text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.current_tenant_id();
begin
  if v_tenant is null then
    return false;
  end if;
  update public.profiles set full_name = p_name where user_id = auth.uid() and full_name is distinct from p_name;
  if found then
    perform private.write_audit(m.tenant_id, 'profiles.name_changed', m.id) from public.memberships m where m.user_id = auth.uid();
  end if;
  return true;
end
$$;

create function public.update_own_name(p_name text) returns boolean
language sql volatile set search_path = '' as $$ select private.update_own_name(p_name) $$;

-- Whoever changes their password calls off what somebody else may have begun with the old one.
create function private.forget_email_change() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  delete from private.email_changes where user_id = new.id;
  return null;
end
$$;

create trigger users_forget_email_change after update of encrypted_password on auth.users
  for each row when (old.encrypted_password is distinct from new.encrypted_password)
  execute function private.forget_email_change();

-- Begins a change of address: a notice goes to the present one, a link to the new one. The app calls it after the password was
-- proven: a session alone must not be able to. False when it was asked for too often.
create function private.request_email_change(p_user uuid, p_tenant uuid, p_email text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_change uuid;
begin
  if private.take_rate_limit('email-change:' || p_user, 3, 3600) > 0 then
    return false;
  end if;
  insert into private.email_changes (user_id, email) values (p_user, p_email)
  on conflict (user_id) do update set id = excluded.id, email = excluded.email, token_hash = null, expires_at = excluded.expires_at
  returning id into v_change;
  perform graphile_worker.add_job('send_email_change', json_build_object('tenantId', p_tenant, 'changeId', v_change), max_attempts => 10);
  return true;
end
$$;

create function public.request_email_change(p_user uuid, p_tenant uuid, p_email text) returns boolean
language sql volatile set search_path = '' as $$ select private.request_email_change(p_user, p_tenant, p_email) $$;

-- Keeps the hash of the token that the mail is about to hold. Called by the mail job only.
create function private.issue_email_change_token(p_change uuid, p_token_hash bytea) returns void
language sql volatile security definer set search_path = '' as $$
  update private.email_changes set token_hash = p_token_hash where id = p_change
$$;

-- Makes the new address the account's, confirmed, and ends all of the person's sessions but the caller's own. False when the link
-- has been used or has run out, or when the address has an account by now.
create function private.confirm_email_change(p_token text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_change private.email_changes;
begin
  delete from private.email_changes where token_hash = sha256(convert_to(p_token, 'UTF8')) and expires_at > now() returning * into v_change;
  if v_change.user_id is null then
    return false;
  end if;
  perform private.lock_account(v_change.email);
  perform private.delete_unclaimed_account(v_change.email);
  if exists (select 1 from auth.users where lower(email) = v_change.email)
    or exists (select 1 from private.platform_admins where user_id = v_change.user_id and removed_at is null)
  then
    return false;
  end if;
  update auth.users set email = v_change.email where id = v_change.user_id;
  -- Auth keeps the address twice.
  if to_regclass('auth.identities') is not null then
    update auth.identities set identity_data = identity_data || jsonb_build_object('email', v_change.email)
    where user_id = v_change.user_id and provider = 'email';
  end if;
  update public.profiles set email_verified_at = now() where user_id = v_change.user_id;
  delete from private.password_resets where user_id = v_change.user_id;
  perform private.end_sessions(array(
    select session_id from private.tenant_sessions
    where user_id = v_change.user_id and ended_at is null and session_id is distinct from private.session_id()));
  delete from auth.sessions where user_id = v_change.user_id and id is distinct from private.session_id();
  return true;
end
$$;

create function public.confirm_email_change(p_token text) returns boolean
language sql volatile set search_path = '' as $$ select private.confirm_email_change(p_token) $$;

grant execute on function
  private.verify_email(text), public.verify_email(text),
  private.request_password_reset(text, text), public.request_password_reset(text, text),
  private.confirm_email_change(text), public.confirm_email_change(text)
to anon, authenticated;

grant execute on function
  private.resend_verification(), public.resend_verification(),
  private.update_own_name(text), public.update_own_name(text)
to authenticated;

grant execute on function
  private.request_email_change(uuid, uuid, text), public.request_email_change(uuid, uuid, text)
to service_role;

-- 30-access/rules-second-factor.sql
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

-- 30-access/rules-sessions.sql
-- Whether the session lives in Auth and began after the user's sessions were last ended.
create function private.session_alive(p_session uuid, p_user uuid) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (
    select 1
    from auth.sessions s
    left join public.profiles p on p.user_id = s.user_id
    where s.id = p_session
      and s.user_id = p_user
      and (s.not_after is null or s.not_after > now())
      and s.created_at > coalesce(p.sessions_valid_after, '-infinity')
  );
end
$$;

-- A changed password ends every session that began before, whichever way it was changed.
create function private.end_sessions_on_password_change() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.profiles set sessions_valid_after = clock_timestamp() where user_id = new.id;
  update private.tenant_sessions set ended_at = now() where user_id = new.id and ended_at is null;
  -- Auth's own sessions too: a kept refresh token could set the next password.
  delete from auth.sessions where user_id = new.id;
  perform private.note_for_memberships(new.id, 'profiles.password_changed');
  return null;
end
$$;

create trigger users_end_sessions after update of encrypted_password on auth.users
  for each row when (old.encrypted_password is distinct from new.encrypted_password)
  execute function private.end_sessions_on_password_change();

-- A membership that ends or pauses ends its sessions; coming back means signing in.
create function private.end_sessions_of_membership() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update private.tenant_sessions set ended_at = now()
  where tenant_id = old.tenant_id and user_id = old.user_id and ended_at is null;
  return null;
end
$$;

create trigger memberships_end_sessions_removed after delete on public.memberships
  for each row execute function private.end_sessions_of_membership();

create trigger memberships_end_sessions_paused after update of status on public.memberships
  for each row when (new.status <> 'active') execute function private.end_sessions_of_membership();

-- Redeems a hand-off code once, for the clinic it was made for. The code is the proof, so anybody may call.
create function private.redeem_handoff(p_slug text, p_code_hash text) returns text
language sql volatile security definer set search_path = '' as $$
  delete from private.handoff_codes h using public.tenants t
  where h.code_hash = decode(p_code_hash, 'hex') and h.expires_at > now() and t.id = h.tenant_id and t.slug = p_slug
  returning h.payload
$$;

create function public.redeem_handoff(p_slug text, p_code_hash text) returns text
language sql volatile set search_path = '' as $$
  select private.redeem_handoff(p_slug, p_code_hash)
$$;

-- A verified custom domain's clinic; null when nobody has proven it.
create function private.resolve_domain(p_host text) returns text
language sql stable security definer set search_path = '' as $$
  select t.slug from public.tenant_domains d join public.tenants t on t.id = d.tenant_id
  where d.host = p_host and d.verified_at is not null
$$;

create function public.resolve_domain(p_host text) returns text
language sql stable set search_path = '' as $$
  select private.resolve_domain(p_host)
$$;

-- Why a member of the clinic cannot work there, or null: 'cancelled', 'on_hold', 'no_access'.
create function private.refusal(p_tenant uuid, p_user uuid) returns text
language sql stable security definer set search_path = '' as $$
  select case
    when not exists (select 1 from public.memberships where tenant_id = p_tenant and user_id = p_user and status = 'active') then 'no_access'
    when exists (select 1 from public.tenants where id = p_tenant and status <> 'active') then 'cancelled'
    when exists (select 1 from public.tenant_holds where tenant_id = p_tenant and lifted_at is null) then 'on_hold'
  end
$$;

-- Binds the caller's Auth session to the clinic, once. Answers 'ok', or why not.
create function private.enter_tenant(p_slug text, p_ip text, p_user_agent text) returns text
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_session constant uuid := private.session_id();
  v_tenant constant uuid := (select id from public.tenants where slug = p_slug);
  v_refusal text;
begin
  if v_tenant is null or v_user is null or v_session is null or not private.session_alive(v_session, v_user) then
    return 'signed_out';
  end if;
  v_refusal := private.refusal(v_tenant, v_user);
  if v_refusal = 'on_hold' and not private.runs_account(v_tenant, v_user) then
    return 'closed_by_hold';
  end if;
  if v_refusal in ('no_access', 'cancelled') then
    return v_refusal;
  end if;
  insert into private.tenant_sessions (session_id, tenant_id, user_id, ip, user_agent)
  values (v_session, v_tenant, v_user, left(p_ip, 64), left(p_user_agent, 300))
  on conflict (session_id) do nothing;
  if not found then
    return 'signed_out';
  end if;
  perform private.write_audit(v_tenant, 'sessions.started', v_session);
  return coalesce(v_refusal, 'ok');
end
$$;

create function public.enter_tenant(p_slug text, p_ip text, p_user_agent text) returns text
language sql volatile set search_path = '' as $$
  select private.enter_tenant(p_slug, p_ip, p_user_agent)
$$;

-- Everything a page needs to know about its caller, in one request: status, clinic, brand, user, role, permissions, plan, and how long the
-- session lasts. Whoever runs the account learns under a hold why, and what a page about the plan needs; a signed-out caller learns why a
-- session of theirs has ended. Posted and volatile, because it notes when the session was last seen and ends what has run out.
create function private.gate(p_slug text) returns jsonb
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
  where session_id = private.session_id() and user_id = v_user and tenant_id = v_tenant.id;
  if private.session_runs_out(v_session) <= now() then
    perform private.end_sessions(array[v_session.session_id], 'sessions.run_out');
    return jsonb_build_object('status', 'signed_out', 'ended', 'time', 'clinic', v_clinic);
  end if;
  v_refusal := private.refusal(v_tenant.id, v_user);
  if v_session.session_id is null or v_session.ended_at is not null
    or not private.session_alive(v_session.session_id, v_user)
    or (v_refusal = 'on_hold' and not private.runs_account(v_tenant.id, v_user))
  then
    return jsonb_build_object(
      'status', 'signed_out',
      'ended', case when v_session.session_id is not null and v_refusal = 'on_hold' then 'hold' end,
      'clinic', v_clinic);
  end if;
  if v_refusal = 'no_access' then
    return jsonb_build_object('status', 'no_access', 'clinic', v_clinic);
  end if;
  -- Not activity: whoever does not prove it is out after the idle time.
  if v_session.aal <> 'aal2' and v_session.second_factor_due <= now() then
    return (
      select jsonb_build_object('status', 'second_factor', 'clinic', v_clinic, 'email', u.email, 'factor_id', s.factor_id)
      from auth.users u left join private.second_factors s on s.user_id = u.id and private.has_second_factor(u.id) where u.id = v_user);
  end if;
  update private.tenant_sessions set last_seen_at = now()
  where session_id = v_session.session_id and last_seen_at < now() - interval '1 minute';
  return (
    select jsonb_build_object(
      'status', coalesce(v_refusal, 'ok'),
      'session', private.session_state(),
      'second_factor', jsonb_build_object(
        'enabled', private.has_second_factor(v_user),
        'due', case when v_session.second_factor_due > now() then v_session.second_factor_due end),
      'holds', (
        select coalesce(jsonb_agg(jsonb_build_object('kind', h.kind, 'reason', h.reason, 'placed_at', h.placed_at) order by h.placed_at), '[]')
        from public.tenant_holds h where h.tenant_id = v_tenant.id and h.lifted_at is null),
      'clinic', v_clinic || jsonb_build_object(
        'id', v_tenant.id, 'time_zone', v_tenant.time_zone, 'currency', v_tenant.currency, 'locale', v_tenant.locale,
        'shard', v_tenant.shard),
      'user', jsonb_build_object(
        'id', v_user, 'email', u.email, 'full_name', p.full_name, 'email_verified', p.email_verified_at is not null),
      'role', jsonb_build_object('key', r.key, 'name', r.name),
      'permissions', (
        select coalesce(jsonb_agg(rp.permission order by rp.permission), '[]') from public.role_permissions rp
        where rp.tenant_id = v_tenant.id and rp.role_id = r.id),
      'plan', private.plan_facts(v_tenant.id),
      'usage', private.usage_facts(v_tenant.id))
    from public.memberships m
    join auth.users u on u.id = m.user_id
    join public.profiles p on p.user_id = m.user_id
    join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
    where m.tenant_id = v_tenant.id and m.user_id = v_user
  );
end
$$;

-- Everything a page needs to know about its caller, in one request: status, clinic, brand, user, role, permissions, plan, and how long the
-- session lasts. Whoever runs the account learns under a hold why, and what a page about the plan needs; a signed-out caller learns why a
-- session of theirs has ended. Posted and volatile, because it notes when the session was last seen and ends what has run out.
create function public.gate(p_slug text) returns jsonb
language sql volatile set search_path = '' as $$
  select private.gate(p_slug)
$$;

-- Ends the caller's own session; false when there was none to end.
create function private.leave_tenant() returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant uuid;
begin
  update private.tenant_sessions set ended_at = now()
  where session_id = private.session_id() and user_id = auth.uid() and ended_at is null
  returning tenant_id into v_tenant;
  if v_tenant is null then
    return false;
  end if;
  perform private.write_audit(v_tenant, 'sessions.ended', private.session_id());
  return true;
end
$$;

create function public.leave_tenant() returns boolean
language sql volatile set search_path = '' as $$
  select private.leave_tenant()
$$;

-- When an open session of a clinic runs out without further activity; null when it has ended.
create function private.session_runs_out(p_session private.tenant_sessions) returns timestamptz
language sql stable security definer set search_path = '' as $$
  select least(
    p_session.last_seen_at + make_interval(mins => c.session_idle_minutes),
    p_session.created_at + make_interval(hours => c.session_hours))
  from public.tenant_settings c where c.tenant_id = p_session.tenant_id and p_session.ended_at is null
$$;

-- Ends sessions for good, in the clinic and in Auth, and notes each in the log. Answers how many there were.
create function private.end_sessions(p_sessions uuid[], p_action text default 'sessions.ended') returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_ended integer;
begin
  with ended as (
    update private.tenant_sessions set ended_at = now()
    where session_id = any(p_sessions) and ended_at is null
    returning session_id, tenant_id
  )
  select count(*) into v_ended from ended, lateral private.write_audit(ended.tenant_id, p_action, ended.session_id);
  delete from auth.sessions where id = any(p_sessions);
  return v_ended;
end
$$;

-- What has run out ends for good: a longer limit set later must not bring it back.
create function private.end_run_out_sessions(p_tenant uuid default null) returns integer
language sql volatile security definer set search_path = '' as $$
  select private.end_sessions(
    array(
      select s.session_id from private.tenant_sessions s
      where s.ended_at is null and (p_tenant is null or s.tenant_id = p_tenant) and private.session_runs_out(s) <= now()),
    'sessions.run_out')
$$;

create function private.end_sessions_before_new_limits() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform private.end_run_out_sessions(old.tenant_id);
  return new;
end
$$;

-- Seconds until the caller's session runs out: without activity, and at the latest. Null when it has.
-- Asking is no activity.
create function private.session_state() returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'id', s.session_id,
    'idle_seconds', floor(extract(epoch from private.session_runs_out(s) - now())),
    'total_seconds', floor(extract(epoch from s.created_at + make_interval(hours => c.session_hours) - now())))
  from private.tenant_sessions s
  join public.tenant_settings c on c.tenant_id = s.tenant_id
  where s.session_id = private.session_id() and s.tenant_id = private.current_tenant_id()
$$;

create function public.session_state() returns jsonb
language sql stable set search_path = '' as $$
  select private.session_state()
$$;

-- The caller's open sessions at the clinic, the one in use first.
create function private.list_sessions() returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(
    jsonb_build_object(
      'id', s.session_id, 'ip', s.ip, 'user_agent', s.user_agent, 'first_seen_at', s.created_at, 'last_seen_at', s.last_seen_at,
      'current', s.session_id = private.session_id())
    order by s.session_id = private.session_id() desc, s.last_seen_at desc), '[]')
  from private.tenant_sessions s
  where s.tenant_id = private.current_tenant_id() and s.user_id = auth.uid()
    and private.session_runs_out(s) > now() and private.session_alive(s.session_id, s.user_id)
$$;

create function public.list_sessions() returns jsonb
language sql stable set search_path = '' as $$
  select private.list_sessions()
$$;

-- Ends one of the caller's own sessions at the clinic, or without an id all but the one in use. Answers how many ended.
create function private.end_own_sessions(p_session uuid) returns integer
language sql volatile security definer set search_path = '' as $$
  select private.end_sessions(array(
    select s.session_id from private.tenant_sessions s
    where s.tenant_id = private.current_tenant_id() and s.user_id = auth.uid() and s.ended_at is null
      and (s.session_id = p_session or (p_session is null and s.session_id <> private.session_id()))))
$$;

create function public.end_own_sessions(p_session uuid default null) returns integer
language sql volatile set search_path = '' as $$
  select private.end_own_sessions(p_session)
$$;

-- The caller's clinics that are open to them, the one they work in marked.
create function private.list_own_clinics() returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(
    jsonb_build_object('slug', t.slug, 'name', t.name, 'role', r.name, 'current', t.id = c.id) order by private.fold(t.name), t.slug), '[]')
  from (select private.session_tenant_id() as id) as c
  join public.memberships m on m.user_id = auth.uid() and m.status = 'active'
  join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
  join public.tenants t on t.id = m.tenant_id and t.status = 'active'
  where c.id is not null
$$;

create function public.list_own_clinics() returns jsonb
language sql stable set search_path = '' as $$ select private.list_own_clinics() $$;

-- Whether the caller, signed in at one clinic, may go to another of theirs without their password; at most 60 times an hour. What
-- they proved at their sign-in must be young enough for that clinic, and must have come after the last time that a session of
-- theirs there was ended before its time: signed out, taken away, or put out by a hold.
create function private.may_switch_to(p_slug text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  return private.session_tenant_id() is not null
    and exists (
      select 1 from public.memberships m join public.tenants t on t.id = m.tenant_id and t.status = 'active'
      join private.tenant_sessions o on o.session_id = private.session_id()
      join public.tenant_settings c on c.tenant_id = t.id
      where m.user_id = auth.uid() and m.status = 'active' and t.slug = p_slug
        and o.created_at > now() - make_interval(hours => c.session_hours)
        and not exists (
          select 1 from private.tenant_sessions s
          where s.tenant_id = t.id and s.user_id = m.user_id and s.ended_at > o.created_at
            and s.ended_at < least(
              s.last_seen_at + make_interval(mins => c.session_idle_minutes), s.created_at + make_interval(hours => c.session_hours))))
    and private.take_rate_limit('switch:' || auth.uid(), 60, 3600) = 0;
end
$$;

create function public.may_switch_to(p_slug text) returns boolean
language sql volatile set search_path = '' as $$ select private.may_switch_to(p_slug) $$;

-- A session that was opened from another clinic's goes on with what was proven there.
create function private.keep_sign_in_time() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_origin private.switched_sessions;
begin
  delete from private.switched_sessions where session_id = new.session_id returning * into v_origin;
  new.created_at := coalesce(v_origin.proven_at, new.created_at);
  new.aal := coalesce(v_origin.aal, new.aal);
  new.proven_at := coalesce(v_origin.second_factor_at, new.proven_at);
  new.second_factor_due := private.second_factor_due(new.tenant_id, new.user_id);
  if v_origin.aal = 'aal2' then
    -- Auth ends sessions of the first level when a code is proven elsewhere.
    update auth.sessions set aal = 'aal2' where id = new.session_id;
  end if;
  return new;
end
$$;

create trigger tenant_sessions_keep_sign_in_time before insert on private.tenant_sessions
  for each row execute function private.keep_sign_in_time();

-- Keeps a one-time code for a clinic's address, by its hash, with what it stands for, sealed by the app: p_session, which was
-- opened from p_origin.
create function private.issue_handoff(p_slug text, p_code_hash text, p_payload text, p_session uuid, p_origin uuid) returns void
language sql volatile security definer set search_path = '' as $$
  delete from private.switched_sessions where expires_at < now();
  insert into private.switched_sessions (session_id, proven_at, aal, second_factor_at)
  select p_session, created_at, aal, proven_at from private.tenant_sessions where session_id = p_origin;
  insert into private.handoff_codes (code_hash, tenant_id, payload) select decode(p_code_hash, 'hex'), id, p_payload from public.tenants where slug = p_slug;
$$;

create function public.issue_handoff(p_slug text, p_code_hash text, p_payload text, p_session uuid, p_origin uuid) returns void
language sql volatile set search_path = '' as $$ select private.issue_handoff(p_slug, p_code_hash, p_payload, p_session, p_origin) $$;

grant execute on function
  private.redeem_handoff(text, text), public.redeem_handoff(text, text),
  private.resolve_domain(text), public.resolve_domain(text),
  private.gate(text), public.gate(text),
  private.session_state(), public.session_state()
to anon, authenticated;

grant execute on function
  private.enter_tenant(text, text, text), public.enter_tenant(text, text, text),
  private.leave_tenant(), public.leave_tenant(),
  private.list_sessions(), public.list_sessions(),
  private.end_own_sessions(uuid), public.end_own_sessions(uuid),
  private.list_own_clinics(), public.list_own_clinics(),
  private.may_switch_to(text), public.may_switch_to(text)
to authenticated;

grant execute on function
  private.issue_handoff(text, text, text, uuid, uuid), public.issue_handoff(text, text, text, uuid, uuid)
to service_role;

-- 30-access/rules.sql
create policy profiles_select on public.profiles for select to authenticated
  using (user_id = (select auth.uid()));
comment on policy profiles_select on public.profiles is 'Everybody sees their own profile.';

create policy permissions_select on public.permissions for select to authenticated using (true);
comment on policy permissions_select on public.permissions is 'The catalogue is the same for everybody.';

create policy system_roles_select on public.system_roles for select to authenticated using (true);
comment on policy system_roles_select on public.system_roles is 'The catalogue is the same for everybody.';

create policy system_role_permissions_select on public.system_role_permissions for select to authenticated using (true);
comment on policy system_role_permissions_select on public.system_role_permissions is 'The catalogue is the same for everybody.';

create policy roles_select on public.roles for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('roles.read')));
comment on policy roles_select on public.roles is 'Who may see roles sees the clinic''s.';

create policy role_permissions_select on public.role_permissions for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('roles.read')));
comment on policy role_permissions_select on public.role_permissions is 'Who may see roles sees what they allow.';

create policy memberships_select on public.memberships for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('team.read')));
comment on policy memberships_select on public.memberships is 'Who may see the team sees its members.';

create trigger role_permissions_audit_insert after insert on public.role_permissions
  referencing new table as new_rows for each statement execute function private.audit_role_permission();

create trigger role_permissions_audit_delete after delete on public.role_permissions
  referencing old table as old_rows for each statement execute function private.audit_role_permission();

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

-- Adds a permission to the catalogue, to the system roles that hold it, and to these roles of every clinic. Owners hold all.
create function private.add_permission(p_key text, p_description text, p_roles text[]) returns void
language sql volatile set search_path = '' as $$
  insert into public.permissions (key, description, position) select p_key, p_description, max(position) + 1 from public.permissions;
  insert into public.system_role_permissions (role_key, permission)
  select distinct key, p_key from unnest(p_roles || array['owner']) as key;
  insert into public.role_permissions (tenant_id, role_id, permission)
  select r.tenant_id, r.id, p_key from public.roles r join public.system_role_permissions s on s.role_key = r.key and s.permission = p_key
  where r.is_system;
$$;

create trigger memberships_remember after delete on public.memberships
  referencing old table as old_rows for each statement execute function private.remember_member();

create trigger tenant_sessions_note_active_day after insert or update of last_seen_at on private.tenant_sessions
  for each row execute function private.note_active_day();

do $$
begin
  perform private.audit_table('public.roles');
  perform private.audit_table('public.memberships');
  perform private.limit_table('public.memberships', 'users', 'status = ''active''');
end
$$;

-- 40-billing/rules-platform.sql
-- What the platform has to look at: open alerts, events that could not be worked on, and jobs that have failed for good; the newest 200 of
-- each, with how many there are.
create function private.list_billing_problems() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  return jsonb_build_object(
    'alerts', (
      select coalesce(jsonb_agg(to_jsonb(x) order by x.occurred_at desc), '[]') from (
        select a.id, a.kind, a.about, a.detail, a.occurred_at, a.tenant_id, t.name as clinic, count(*) over () as total
        from private.billing_alerts a join public.tenants t on t.id = a.tenant_id
        where a.resolved_at is null order by a.occurred_at desc limit 200) as x),
    'events', (
      select coalesce(jsonb_agg(to_jsonb(x) order by x.received_at desc), '[]') from (
        select e.id, e.type, e.object_id, e.received_at, e.attempts, e.last_error, e.tenant_id, t.name as clinic, count(*) over () as total
        from private.stripe_events e
        left join public.tenants t on t.id = e.tenant_id
        where e.state = 'dead' order by e.received_at desc limit 200) as x),
    -- What was asked for without an event, and has failed for good.
    'jobs', (
      select coalesce(jsonb_agg(to_jsonb(x) order by x.run_at desc), '[]') from (
        select j.id::text, k.identifier as task, j.run_at, j.attempts, t.id as tenant_id, t.name as clinic, count(*) over () as total
        from graphile_worker._private_jobs j
        join graphile_worker._private_tasks k on k.id = j.task_id
        left join public.tenants t on t.id::text = j.payload ->> 'tenantId'
        where k.identifier in ('sync_billing', 'reconcile_billing', 'settle_billing', 'send_billing_notice')
          and j.attempts >= j.max_attempts and j.locked_at is null
          -- One that was asked for anew while it ran counts no more: its successor has the key.
          and (k.identifier <> 'sync_billing' or j.key is not null)
        order by j.run_at desc limit 200) as x));
end
$$;

create function public.list_billing_problems() returns jsonb
language sql stable set search_path = '' as $$ select private.list_billing_problems() $$;

-- Has an event worked on once more. False when it is not dead any more.
create function private.retry_stripe_event(p_event text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant uuid;
begin
  perform private.assert_platform_admin();
  update private.stripe_events set state = 'pending', settled_at = null, attempts = 0, received_at = now() where id = p_event and state = 'dead'
  returning tenant_id into v_tenant;
  if not found then
    return false;
  end if;
  if v_tenant is null then
    perform graphile_worker.add_job('look_up_stripe_event', json_build_object('event', p_event), job_key => 'stripe:' || p_event, max_attempts => 10);
  else
    perform private.queue_billing_sync(v_tenant);
  end if;
  return true;
end
$$;

create function public.retry_stripe_event(p_event text) returns boolean
language sql volatile set search_path = '' as $$ select private.retry_stripe_event(p_event) $$;

-- Closes an alert. False when it is closed already.
create function private.resolve_billing_alert(p_alert bigint) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  update private.billing_alerts set resolved_at = now(), resolved_by = auth.uid() where id = p_alert and resolved_at is null;
  return found;
end
$$;

create function public.resolve_billing_alert(p_alert bigint) returns boolean
language sql volatile set search_path = '' as $$ select private.resolve_billing_alert(p_alert) $$;

grant execute on function
  private.list_billing_problems(), public.list_billing_problems(),
  private.retry_stripe_event(text), public.retry_stripe_event(text),
  private.resolve_billing_alert(bigint), public.resolve_billing_alert(bigint)
to authenticated;

-- 40-billing/rules-state.sql
-- The clinic whose plan the caller may see or change, on hold or not. While a hold for safety is open nobody changes it: somebody else
-- may sit in the owner's chair.
create function private.billing_tenant_id(p_permission text) returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.permitted_tenant_id(p_permission, true);
begin
  if v_tenant is null or (p_permission <> 'billing.read' and exists (
    select 1 from public.tenant_holds where tenant_id = v_tenant and kind = 'security' and lifted_at is null))
  then
    raise exception 'not allowed' using errcode = '42501';
  end if;
  return v_tenant;
end
$$;

-- A plan as a page shows it.
create function private.plan_label(p_plan uuid, p_interval text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'key', p.key, 'name', p.name, 'version', p.version, 'position', p.position, 'interval', x.interval, 'amount', x.amount_minor,
    'currency', x.currency)
  from public.plans p left join public.plan_prices x on x.plan_id = p.id and x.interval = p_interval and x.currency = 'usd'
  where p.id = p_plan
$$;

-- Everything that the page about the plan, and what can be done there, needs to know.
create function private.billing_state() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.billing_tenant_id('billing.read');
begin
  return (
    select jsonb_build_object(
      'tenant_id', s.tenant_id, 'status', s.status,
      'plan', private.plan_label(s.plan_id, s.bought_interval),
      'bought', case when s.stripe_status in ('trialing', 'active', 'past_due', 'unpaid', 'paused') then private.plan_label(s.bought_plan_id, s.bought_interval) end,
      'customer', s.stripe_customer_id,
      'subscription', case when s.stripe_status in ('trialing', 'active', 'past_due', 'unpaid', 'paused') then s.stripe_subscription_id end,
      'stripe_status', s.stripe_status, 'trial_ends_at', s.trial_ends_at, 'grace_ends_at', s.trial_ends_at + private.trial_grace(), 'converted', s.converted_at is not null,
      'period_start', s.current_period_start, 'period_end', s.current_period_end, 'ends_at', s.ends_at,
      'next', case when s.next_plan_id is not null then private.plan_label(s.next_plan_id, s.next_interval) || jsonb_build_object('starts_at', s.next_starts_at) end,
      'past_due_since', s.past_due_since, 'owed_until', s.past_due_since + private.payment_grace(), 'free', s.free_since is not null,
      'paused', exists (
        select 1 from public.tenant_holds h where h.tenant_id = v_tenant and h.kind in ('admin', 'security') and h.lifted_at is null),
      'unpaid_hold', exists (select 1 from public.tenant_holds h where h.tenant_id = v_tenant and h.kind = 'unpaid' and h.lifted_at is null),
      'synced', coalesce((select b.heard from private.billing_syncs b where b.tenant_id = s.tenant_id), 0))
    from public.tenant_subscriptions s where s.tenant_id = v_tenant);
end
$$;

create function public.billing_state() returns jsonb
language sql stable set search_path = '' as $$ select private.billing_state() $$;

-- What the clinic has more of than each plan of the catalogue allows: {key: [{metric, used, limit}]}.
create function private.plans_over_limits() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.billing_tenant_id('billing.read');
begin
  return (
    select jsonb_object_agg(x.key, private.over_limits(v_tenant, x.id))
    from (select distinct on (key) key, id from public.plans order by key, version desc) as x);
end
$$;

create function public.plans_over_limits() returns jsonb
language sql stable set search_path = '' as $$ select private.plans_over_limits() $$;

-- Lets a member act at Stripe, or ask it something, or refuses before anything is done there: without the permission, while a hold for
-- safety is open, and when the clinic asks so often that others would wait.
create function private.begin_billing_act(p_permission text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.billing_tenant_id(p_permission);
begin
  if private.take_rate_limit('billing-act:' || v_tenant, 40, 60) > 0 then
    raise exception 'too many requests' using errcode = 'YR002';
  end if;
end
$$;

create function public.begin_billing_act(p_permission text) returns void
language sql volatile set search_path = '' as $$ select private.begin_billing_act(p_permission) $$;

-- Notes what a member did at Stripe and has Stripe asked about it. Answers the place in the order after which the answer knows of it.
create function private.request_billing_sync(p_action text) returns bigint
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.billing_tenant_id('billing.update');
begin
  if p_action not in ('looked', 'checkout_opened', 'change_asked', 'end_asked', 'resumption_asked', 'payment_asked', 'portal_opened') then
    raise exception 'no such act' using errcode = '22023';
  end if;
  if p_action <> 'looked' then
    perform private.write_audit(v_tenant, 'billing.' || p_action, private.session_id());
  end if;
  perform private.queue_billing_sync(v_tenant);
  return (select coalesce(max(begun), 0) from private.billing_syncs where tenant_id = v_tenant);
end
$$;

create function public.request_billing_sync(p_action text) returns bigint
language sql volatile set search_path = '' as $$ select private.request_billing_sync(p_action) $$;

-- Puts the clinic on Free, if Free holds all it has and nothing is being paid for.
create function private.choose_free() returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.billing_tenant_id('billing.update');
  v_free constant uuid := private.newest_plan('free');
  v_over jsonb;
begin
  perform 1 from public.tenant_subscriptions where tenant_id = v_tenant for update;
  perform private.lock_totals(v_tenant);
  v_over := private.over_limits(v_tenant, v_free);
  if exists (select 1 from public.tenant_subscriptions where tenant_id = v_tenant and stripe_status in ('trialing', 'active', 'past_due', 'unpaid', 'paused')) then
    raise exception 'a subscription runs' using errcode = 'YB003';
  end if;
  if v_over <> '[]' then
    raise exception 'more than Free holds' using errcode = 'YB002', detail = v_over::text;
  end if;
  update public.tenant_subscriptions set plan_id = v_free, status = 'active', free_since = now() where tenant_id = v_tenant and free_since is null;
  perform private.settle_billing(v_tenant);
end
$$;

create function public.choose_free() returns void
language sql volatile set search_path = '' as $$ select private.choose_free() $$;

grant execute on function
  private.billing_state(), public.billing_state(),
  private.plans_over_limits(), public.plans_over_limits(),
  private.begin_billing_act(text), public.begin_billing_act(text),
  private.request_billing_sync(text), public.request_billing_sync(text),
  private.choose_free(), public.choose_free()
to authenticated;

-- 40-billing/rules-stripe.sql
-- Keeps an event that Stripe delivered, once, and has it worked on in the same transaction. `p_handling` is what the app decided for
-- its type: 'sync', 'look_up' where the customer has to be found first, or 'ignore'. False for one that was kept before.
create function private.store_stripe_event(p_id text, p_type text, p_object text, p_customer text, p_created timestamptz, p_handling text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := (select tenant_id from public.tenant_subscriptions where stripe_customer_id = p_customer);
  v_waits constant boolean := p_handling = 'look_up' or (p_handling = 'sync' and v_tenant is not null);
begin
  insert into private.stripe_events (id, type, object_id, tenant_id, created_at, state, settled_at)
  values (p_id, p_type, p_object, v_tenant, p_created, case when v_waits then 'pending' else 'ignored' end, case when not v_waits then now() end)
  on conflict (id) do nothing;
  if not found then
    return false;
  end if;
  if v_waits and p_handling = 'look_up' then
    perform graphile_worker.add_job('look_up_stripe_event', json_build_object('event', p_id), job_key => 'stripe:' || p_id, max_attempts => 10);
  elsif v_waits then
    perform private.queue_billing_sync(v_tenant);
  end if;
  return true;
end
$$;

create function public.store_stripe_event(p_id text, p_type text, p_object text, p_customer text, p_created timestamptz, p_handling text) returns boolean
language sql volatile set search_path = '' as $$ select private.store_stripe_event(p_id, p_type, p_object, p_customer, p_created, p_handling) $$;

-- Gives an event the customer that was found for it; without a clinic of ours there is nothing to do. Raises the alert that it asks for.
create function private.place_stripe_event(p_event text, p_customer text, p_alert text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := (select tenant_id from public.tenant_subscriptions where stripe_customer_id = p_customer);
  v_event private.stripe_events;
begin
  update private.stripe_events set tenant_id = v_tenant,
    state = case when v_tenant is null then 'ignored' else state end, settled_at = case when v_tenant is null then now() end
  where id = p_event and state = 'pending' returning * into v_event;
  if v_event.id is null or v_tenant is null then
    return;
  end if;
  if p_alert is not null then
    perform private.raise_billing_alert(v_tenant, p_alert, v_event.object_id, v_event.type);
  end if;
  perform private.queue_billing_sync(v_tenant);
end
$$;

-- Notes that events could not be worked on; after the last attempt they wait for somebody to look.
create function private.fail_stripe_events(p_events text[], p_error text, p_final boolean) returns void
language sql volatile security definer set search_path = '' as $$
  update private.stripe_events set attempts = attempts + 1, last_error = left(p_error, 200),
    state = case when p_final then 'dead' else state end, settled_at = case when p_final then now() end
  where id = any(p_events) and state = 'pending'
$$;

-- Events that nobody works on any more, because the worker died at its last attempt.
create function private.bury_lost_stripe_events() returns void
language sql volatile security definer set search_path = '' as $$
  update private.stripe_events set state = 'dead', settled_at = now(), last_error = coalesce(last_error, 'lost')
  where state = 'pending' and received_at < now() - interval '1 day';
  delete from private.stripe_events where state in ('applied', 'ignored') and settled_at < now() - interval '90 days';
$$;

-- The clinics that the hourly comparison asks Stripe about: those that pay, and those whose customers Stripe says have a subscription.
create function private.reconciled_tenants(p_customers text[]) returns setof uuid
language sql stable security definer set search_path = '' as $$
  select s.tenant_id from public.tenant_subscriptions s
  where s.stripe_status in ('trialing', 'active', 'past_due', 'unpaid', 'paused') or s.past_due_since is not null or s.stripe_customer_id is null or s.stripe_customer_id = any(p_customers)
  order by 1
$$;

-- Whether a clinic has events that wait; what a comparison finds then is no drift.
create function private.awaits_stripe(p_tenant uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select 1 from private.stripe_events e
    where e.tenant_id = p_tenant and (e.state = 'pending' or e.received_at > now() - interval '5 minutes'))
$$;

grant execute on function
  private.store_stripe_event(text, text, text, text, timestamptz, text), public.store_stripe_event(text, text, text, text, timestamptz, text)
to service_role;

-- 40-billing/rules.sql
create policy plans_select on public.plans for select to anon, authenticated using (true);
comment on policy plans_select on public.plans is 'The price page shows plans to everybody.';

create policy plan_prices_select on public.plan_prices for select to anon, authenticated using (true);
comment on policy plan_prices_select on public.plan_prices is 'The price page shows prices to everybody.';

create policy plan_limits_select on public.plan_limits for select to anon, authenticated using (true);
comment on policy plan_limits_select on public.plan_limits is 'The price page shows limits to everybody.';

create policy plan_features_select on public.plan_features for select to anon, authenticated using (true);
comment on policy plan_features_select on public.plan_features is 'The price page shows features to everybody.';

create policy tenant_subscriptions_select on public.tenant_subscriptions for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('billing.read')));
comment on policy tenant_subscriptions_select on public.tenant_subscriptions is 'Who sees billing sees the subscription.';

create trigger tenant_subscriptions_touch before update on public.tenant_subscriptions for each row execute function private.touch();

-- How long a trial goes on, how long a clinic works on after it without a plan, and how long with a payment that failed. The last two in
-- hours, so that they are as long over a change of clocks. The clinic's pages are told the moments that follow. What names the periods in
-- words follows them by hand: public pages, terms, mails, and the days of the reminders below.
create function private.trial_length() returns interval
language sql immutable set search_path = '' as $$ select interval '14 days' $$;
create function private.trial_grace() returns interval
language sql immutable set search_path = '' as $$ select interval '168 hours' $$;
create function private.payment_grace() returns interval
language sql immutable set search_path = '' as $$ select interval '336 hours' $$;

-- Has the worker ask Stripe about a clinic. One request runs and one waits at a time, however often it is asked for.
create function private.queue_billing_sync(p_tenant uuid) returns void
language sql volatile security definer set search_path = '' as $$
  select graphile_worker.add_job(
    'sync_billing', json_build_object('tenantId', p_tenant), queue_name => 'billing:' || p_tenant, job_key => 'billing:' || p_tenant,
    max_attempts => 10)
$$;

-- A clinic that begins gets its customer at Stripe.
create function private.begin_subscription() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if new.status = 'trialing' then
    -- Stripe counts in seconds.
    new.trial_ends_at := date_trunc('second', new.trial_ends_at);
    new.trial_plan_id := coalesce(new.trial_plan_id, new.plan_id);
  end if;
  perform private.queue_billing_sync(new.tenant_id);
  return new;
end
$$;

create trigger tenant_subscriptions_begin before insert on public.tenant_subscriptions
  for each row execute function private.begin_subscription();

create function private.newest_plan(p_key text) returns uuid
language sql stable security definer set search_path = '' as $$
  select id from public.plans where key = p_key order by version desc limit 1
$$;

-- Nothing more is counted until the caller's transaction ends: what fits a smaller plan now still fits it then.
create function private.lock_totals(p_tenant uuid) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  insert into public.usage_counters (tenant_id, metric, period)
  select p_tenant, metric, 'total' from private.metrics where period = 'total' order by metric on conflict do nothing;
  perform 1 from public.usage_counters where tenant_id = p_tenant and period = 'total' order by metric for update;
end
$$;

-- The latest moment that has come of some days after a start; null before the first.
create function private.latest_moment(p_start timestamptz, p_days integer[], p_now timestamptz) returns timestamptz
language sql immutable set search_path = '' as $$
  select max(p_start + make_interval(hours => 24 * d)) from unnest(p_days) as d where p_start + make_interval(hours => 24 * d) <= p_now
$$;

create function private.write_date(p_tenant uuid, p_at timestamptz) returns text
language sql stable security definer set search_path = '' as $$
  select to_char(p_at at time zone t.time_zone, 'FMDD FMMonth YYYY') from public.tenants t where t.id = p_tenant
$$;

-- Tells those who run the account, once for each moment. `p_facts` go into the mail: dates, and names of plans.
create function private.notify_billing(p_tenant uuid, p_kind text, p_about timestamptz, p_facts jsonb default '{}') returns void
language plpgsql security definer set search_path = '' as $$
begin
  if p_about is null then
    return;
  end if;
  insert into private.billing_notices (tenant_id, kind, about) values (p_tenant, p_kind, p_about) on conflict do nothing;
  if not found then
    return;
  end if;
  perform graphile_worker.add_job(
    'send_billing_notice',
    json_build_object('tenantId', p_tenant, 'userId', m.user_id, 'notice', p_kind, 'facts', p_facts), max_attempts => 25)
  from public.memberships m
  where m.tenant_id = p_tenant and private.runs_account(p_tenant, m.user_id);
end
$$;

-- Opens or closes one of the holds that follow from what is paid; never another kind.
create function private.set_billing_hold(p_tenant uuid, p_kind text, p_reason text, p_now timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if p_reason is not null then
    insert into public.tenant_holds (tenant_id, kind, reason, placed_at) values (p_tenant, p_kind, p_reason, p_now)
    on conflict (tenant_id, kind) where lifted_at is null do update set reason = excluded.reason
    where public.tenant_holds.reason <> excluded.reason;
  else
    update public.tenant_holds set lifted_at = p_now, lift_reason = 'The plan is settled.'
    where tenant_id = p_tenant and kind = p_kind and lifted_at is null;
  end if;
end
$$;

-- While a hold is open nobody can work, and nobody pays for further periods: Stripe is told when one opens or closes.
create function private.tell_stripe_of_hold() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select 1 from public.tenant_subscriptions where tenant_id = new.tenant_id and stripe_subscription_id is not null) then
    perform private.queue_billing_sync(new.tenant_id);
  end if;
  return null;
end
$$;

-- Decides plan, status and holds of a clinic by what Stripe said and by the clock, and tells those who run the account. Deciding again
-- changes nothing. A plan that the platform gave, without a trial and without Stripe, stays as it is. A hold is opened only where Stripe
-- has just been asked (p_asked): by the clock alone it is asked first, because a payment may have come that nobody heard of yet.
create function private.settle_billing(p_tenant uuid, p_now timestamptz default now(), p_asked boolean default false) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_grace constant interval := private.trial_grace();
  v_patience constant interval := private.payment_grace();
  s public.tenant_subscriptions;
  v_plan uuid;
  v_status text;
  v_free_since timestamptz;
  v_trial_over text;
  v_unpaid text;
  v_name text;
begin
  select * into s from public.tenant_subscriptions where tenant_id = p_tenant for update;
  if s.tenant_id is null or not exists (select 1 from public.tenants where id = p_tenant and status = 'active') then
    return;
  end if;
  v_free_since := s.free_since;
  if s.stripe_status in ('active', 'past_due', 'unpaid', 'paused') then
    v_plan := s.bought_plan_id;
    v_free_since := null;
    v_status := case when s.past_due_since is null then 'active' else 'past_due' end;
    if v_status = 'past_due' and s.past_due_since + v_patience <= p_now then
      v_unpaid := 'An invoice has been open since ' || private.write_date(p_tenant, s.past_due_since) || '.';
    end if;
  elsif s.stripe_status = 'trialing' then
    -- What was chosen holds from the end of the trial.
    v_plan := coalesce(s.trial_plan_id, s.bought_plan_id);
    v_free_since := null;
    v_status := 'trialing';
  elsif s.free_since is not null then
    v_plan := s.plan_id;
    v_status := 'active';
  elsif s.converted_at is null and s.trial_ends_at is not null then
    v_plan := coalesce(s.trial_plan_id, s.plan_id);
    v_status := 'trialing';
    if s.trial_ends_at + v_grace <= p_now then
      v_trial_over := 'The trial ended on ' || private.write_date(p_tenant, s.trial_ends_at) || ', and no plan was chosen.';
    end if;
  elsif s.converted_at is not null then
    -- What was paid for has ended. Nothing is deleted: what Free cannot hold waits under the hold.
    v_plan := private.newest_plan('free');
    perform private.lock_totals(p_tenant);
    if s.past_due_since is not null then
      v_status := 'cancelled';
      v_unpaid := 'The plan has ended, and an invoice is open.';
    elsif private.over_limits(p_tenant, v_plan) = '[]' then
      v_status := 'active';
      v_free_since := p_now;
    else
      v_status := 'cancelled';
      v_unpaid := 'The plan has ended, and the clinic has more than the Free plan holds.';
    end if;
  else
    return;
  end if;

  update public.tenant_subscriptions set plan_id = v_plan, status = v_status, free_since = v_free_since
  where tenant_id = p_tenant and (plan_id, status, free_since) is distinct from (v_plan, v_status, v_free_since);
  if not p_asked and exists (
    select 1 from (values ('trial_expired', v_trial_over), ('unpaid', v_unpaid)) as due (kind, reason)
    where due.reason is not null and not exists (
      select 1 from public.tenant_holds h where h.tenant_id = p_tenant and h.kind = due.kind and h.lifted_at is null))
  then
    perform private.queue_billing_sync(p_tenant);
    return;
  end if;
  perform private.set_billing_hold(p_tenant, 'trial_expired', v_trial_over, p_now);
  perform private.set_billing_hold(p_tenant, 'unpaid', v_unpaid, p_now);

  select name into v_name from public.plans where id = coalesce(s.bought_plan_id, v_plan);
  if v_status = 'trialing' then
    if v_trial_over is not null then
      perform private.notify_billing(p_tenant, 'trial_expired', s.trial_ends_at + v_grace);
    elsif s.stripe_status = 'trialing' and s.ends_at is null then
      perform private.notify_billing(
        p_tenant, 'trial_converting', private.latest_moment(s.trial_ends_at, array[-7, -3, -1], p_now),
        jsonb_build_object('date', s.trial_ends_at, 'plan', v_name));
    elsif s.trial_ends_at > p_now then
      perform private.notify_billing(
        p_tenant, 'trial_ending', private.latest_moment(s.trial_ends_at, array[-7, -3, -1], p_now), jsonb_build_object('date', s.trial_ends_at));
    else
      perform private.notify_billing(
        p_tenant, 'trial_over', private.latest_moment(s.trial_ends_at, array[0, 4, 6], p_now),
        jsonb_build_object('date', s.trial_ends_at + v_grace));
    end if;
  elsif v_status = 'past_due' then
    if v_unpaid is not null then
      perform private.notify_billing(p_tenant, 'unpaid', s.past_due_since + v_patience);
    else
      perform private.notify_billing(
        p_tenant, 'payment_failed', private.latest_moment(s.past_due_since, array[0, 3, 7, 12], p_now),
        jsonb_build_object('date', s.past_due_since + v_patience, 'plan', v_name));
    end if;
  elsif s.status = 'past_due' and v_status = 'active' and v_free_since is null then
    perform private.notify_billing(p_tenant, 'payment_recovered', p_now, jsonb_build_object('plan', v_name));
  elsif s.stripe_status in ('active', 'past_due', 'unpaid', 'paused') and s.status <> 'active' then
    perform private.notify_billing(p_tenant, 'plan_begun', p_now, jsonb_build_object('plan', v_name));
  elsif s.stripe_status = 'active' and s.plan_id <> v_plan then
    perform private.notify_billing(p_tenant, 'plan_changed', p_now, jsonb_build_object('plan', v_name));
  elsif v_status = 'cancelled' and s.status <> 'cancelled' then
    perform private.notify_billing(p_tenant, 'plan_ended_on_hold', p_now, jsonb_build_object('plan', v_name));
  elsif v_free_since is distinct from s.free_since then
    perform private.notify_billing(p_tenant, 'plan_ended', p_now, jsonb_build_object('plan', v_name));
  end if;
end
$$;

-- The clinics whose time may have come, the first reminder of a trial's end included; a job settles each of them every few minutes.
create function private.clinics_to_settle(p_now timestamptz default now()) returns setof uuid
language sql stable security definer set search_path = '' as $$
  select s.tenant_id from public.tenant_subscriptions s
  where (s.status = 'trialing' and s.trial_ends_at <= p_now + interval '168 hours') or s.status = 'past_due'
  order by s.tenant_id
$$;

-- Begins to ask Stripe about a clinic: what is known, what waits for the answer, the asking's place, and how many answers were applied
-- by now. Null when the clinic is gone.
create function private.begin_billing_sync(p_tenant uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_sync private.billing_syncs;
begin
  if not exists (select 1 from public.tenant_subscriptions where tenant_id = p_tenant) then
    return null;
  end if;
  insert into private.billing_syncs (tenant_id, begun) values (p_tenant, 1)
  on conflict (tenant_id) do update set begun = private.billing_syncs.begun + 1
  returning * into v_sync;
  return (
    select jsonb_build_object(
      'place', v_sync.begun, 'applied', v_sync.applied, 'customer', s.stripe_customer_id, 'subscription', s.stripe_subscription_id,
      'name', t.name, 'email', c.contact_email,
      'events', (
        select coalesce(jsonb_agg(e.id), '[]') from private.stripe_events e where e.tenant_id = p_tenant and e.state in ('pending', 'dead')))
    from public.tenant_subscriptions s
    join public.tenants t on t.id = s.tenant_id
    join public.tenant_settings c on c.tenant_id = s.tenant_id
    where s.tenant_id = p_tenant);
end
$$;

-- Notes a clinic's customer at Stripe, in place of one that is gone.
create function private.set_stripe_customer(p_tenant uuid, p_customer text) returns void
language sql volatile security definer set search_path = '' as $$
  update public.tenant_subscriptions set stripe_customer_id = p_customer
  where tenant_id = p_tenant and stripe_customer_id is distinct from p_customer
$$;

create function private.raise_billing_alert(p_tenant uuid, p_kind text, p_about text, p_detail text default '') returns void
language sql volatile security definer set search_path = '' as $$
  insert into private.billing_alerts (tenant_id, kind, about, detail) values (p_tenant, p_kind, p_about, left(p_detail, 500))
  on conflict (tenant_id, kind, about) where resolved_at is null do update set detail = excluded.detail
$$;

-- A price of the catalogue by its id at Stripe. What nobody sells here must never become a plan.
create function private.sold_price(p_price text) returns public.plan_prices
language plpgsql stable security definer set search_path = '' as $$
declare
  v_price public.plan_prices;
begin
  select * into v_price from public.plan_prices where stripe_price_id = p_price;
  if v_price.plan_id is null then
    raise exception 'unknown price' using errcode = 'YB001', detail = p_price;
  end if;
  return v_price;
end
$$;

-- Notes what Stripe said about a clinic and lets everything follow from it, in one transaction under the lock of the clinic's row.
-- `p_facts` is {converted_at, subscription: null | {id, status, price, period_start, period_end, trial_end, ends_at, past_due_since, next: null |
-- {price, starts_at}}}. Answers the fields that changed; null when another answer was applied
-- since this one was asked for: then Stripe has to be asked anew.
create function private.apply_billing(p_tenant uuid, p_place bigint, p_applied bigint, p_facts jsonb, p_events text[], p_now timestamptz default now()) returns text[]
language plpgsql security definer set search_path = '' as $$
declare
  f constant jsonb := nullif(p_facts -> 'subscription', 'null');
  v_next constant jsonb := nullif(f -> 'next', 'null');
  v_was public.tenant_subscriptions;
  n public.tenant_subscriptions;
  v_price public.plan_prices;
begin
  select * into v_was from public.tenant_subscriptions where tenant_id = p_tenant for update;
  update private.billing_syncs set applied = applied + 1, heard = p_place where tenant_id = p_tenant and applied = p_applied;
  if not found then
    return null;
  end if;
  update private.stripe_events set state = 'applied', settled_at = now(), last_error = null
  where id = any(p_events) and state in ('pending', 'dead');
  n := v_was;
  n.converted_at := coalesce(v_was.converted_at, (p_facts ->> 'converted_at')::timestamptz);
  if f is not null then
    -- What has ended sells nothing: only where no price was known before one has to be.
    if f ->> 'status' in ('trialing', 'active', 'past_due', 'unpaid', 'paused') or n.bought_plan_id is null then
      v_price := private.sold_price(f ->> 'price');
      n.bought_plan_id := v_price.plan_id;
      n.bought_interval := v_price.interval;
    end if;
    n.stripe_subscription_id := f ->> 'id';
    n.stripe_status := f ->> 'status';
    n.current_period_start := (f ->> 'period_start')::timestamptz;
    n.current_period_end := (f ->> 'period_end')::timestamptz;
    n.ends_at := (f ->> 'ends_at')::timestamptz;
    n.next_plan_id := null;
    n.next_interval := null;
    n.next_starts_at := null;
    if v_next is not null then
      -- What is still to come must not keep the present from being right.
      select * into v_price from public.plan_prices where stripe_price_id = v_next ->> 'price';
      if v_price.plan_id is null then
        perform private.raise_billing_alert(p_tenant, 'unknown_price', v_next ->> 'price', 'to come');
      else
        n.next_plan_id := v_price.plan_id;
        n.next_interval := v_price.interval;
        n.next_starts_at := (v_next ->> 'starts_at')::timestamptz;
      end if;
    end if;
    -- What is owed decides, whatever the status makes of it; also when what it is owed for has ended.
    n.past_due_since := coalesce(
      (f ->> 'past_due_since')::timestamptz,
      case when n.stripe_status in ('past_due', 'unpaid') then coalesce(v_was.past_due_since, p_now) end);
    if n.stripe_status = 'trialing' then
      n.trial_ends_at := (f ->> 'trial_end')::timestamptz;
    end if;
  elsif v_was.stripe_subscription_id is not null then
    n.stripe_status := 'canceled';
    n.next_plan_id := null;
    n.next_interval := null;
    n.next_starts_at := null;
    n.past_due_since := null;
  end if;
  if n is distinct from v_was then
    update public.tenant_subscriptions set
      stripe_subscription_id = n.stripe_subscription_id, stripe_status = n.stripe_status, bought_plan_id = n.bought_plan_id,
      bought_interval = n.bought_interval, current_period_start = n.current_period_start, current_period_end = n.current_period_end,
      ends_at = n.ends_at, next_plan_id = n.next_plan_id, next_interval = n.next_interval, next_starts_at = n.next_starts_at,
      past_due_since = n.past_due_since, trial_ends_at = n.trial_ends_at, converted_at = n.converted_at
    where tenant_id = p_tenant;
  end if;
  perform private.settle_billing(p_tenant, p_now, true);
  return array(
    select a.key from jsonb_each(to_jsonb(n)) as a join jsonb_each(to_jsonb(v_was)) as b on b.key = a.key and b.value is distinct from a.value
    order by 1);
end
$$;

do $$ begin perform private.audit_table('public.tenant_subscriptions'); end $$;

-- 50-tenants/rules.sql
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

-- 55-settings/rules.sql
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

-- 60-team/rules-invitations.sql
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

-- 60-team/rules-ownership.sql
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

-- 60-team/rules-roles.sql
-- The roles of the caller's clinic for those who give or look at them, and for whoever sees the team, whose people have them; the clinic's
-- own after the fixed ones: how many people have each or are invited to it, and whether the caller may give it.
create function private.list_roles() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('roles.read', 'team.read', 'team.invite', 'team.update');
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

create function public.list_roles() returns jsonb
language sql stable set search_path = '' as $$ select private.list_roles() $$;

-- A role of the clinic's own that the caller may change: not the one they hold, which would change their own rights.
create function private.changeable_role(p_tenant uuid, p_role uuid) returns public.roles
language plpgsql security definer set search_path = '' as $$
declare
  v_role public.roles;
begin
  select * into v_role from public.roles where tenant_id = p_tenant and id = p_role and not is_system for update;
  if v_role.id is null then
    raise exception 'no such role of the clinic''s own' using errcode = 'P0002';
  end if;
  if exists (select 1 from public.memberships where tenant_id = p_tenant and user_id = auth.uid() and role_id = p_role) then
    raise exception 'one''s own role' using errcode = 'YT003';
  end if;
  return v_role;
end
$$;

-- Makes a role of the clinic's own, or changes one. p_permissions is a JSON array, as text, and so is p_loaded: what the role
-- allowed when the caller looked, so that a stale form undoes nothing. What is given or taken away the caller must hold. Answers
-- the role's id.
create function private.save_role(p_role uuid, p_name text, p_description text, p_permissions text, p_loaded text) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('roles.manage');
  v_wanted constant text[] := array(select distinct e from json_array_elements_text(p_permissions::json) as e);
  v_held text[];
  v_changed text[];
  v_role uuid := p_role;
begin
  if not private.has_feature(v_tenant, 'custom_roles') then
    raise exception 'the plan has no roles of one''s own' using errcode = 'YQ002';
  end if;
  if v_role is null then
    v_role := gen_random_uuid();
    insert into public.roles (id, tenant_id, key, name, description, is_system)
    values (v_role, v_tenant, 'own_' || left(replace(v_role::text, '-', ''), 16), p_name, p_description, false);
  else
    perform private.changeable_role(v_tenant, v_role);
    if array(select permission from public.role_permissions where tenant_id = v_tenant and role_id = v_role order by 1)
      <> array(select distinct e from json_array_elements_text(p_loaded::json) as e order by 1)
    then
      raise exception 'changed in the meantime' using errcode = 'YT006';
    end if;
    update public.roles set name = p_name, description = p_description
    where tenant_id = v_tenant and id = v_role and (name, description) is distinct from (p_name, p_description);
  end if;
  v_held := array(
    select rp.permission
    from public.memberships m join public.role_permissions rp on rp.tenant_id = m.tenant_id and rp.role_id = m.role_id
    where m.tenant_id = v_tenant and m.user_id = auth.uid());
  with taken as (
    delete from public.role_permissions
    where tenant_id = v_tenant and role_id = v_role and permission <> all(v_wanted)
    returning permission
  ), given as (
    insert into public.role_permissions (tenant_id, role_id, permission)
    select v_tenant, v_role, e from unnest(v_wanted) as e
    on conflict do nothing
    returning permission
  )
  select array_agg(permission) into v_changed from (select permission from taken union all select permission from given) as changed;
  if not coalesce(v_changed, '{}') <@ v_held then
    raise exception 'more than the caller holds' using errcode = 'YT001';
  end if;
  -- Invitations by people who may no longer make them.
  update public.invitations i set status = 'revoked'
  where i.tenant_id = v_tenant and i.status = 'open'
    and exists (select 1 from public.memberships m where m.tenant_id = v_tenant and m.user_id = i.invited_by and m.role_id = v_role)
    and exists (
      select 'team.invite'
      union select permission from public.role_permissions where tenant_id = v_tenant and role_id = i.role_id
      except select permission from public.role_permissions where tenant_id = v_tenant and role_id = v_role);
  return v_role;
end
$$;

create function public.save_role(p_role uuid default null, p_name text default '', p_description text default '', p_permissions text default '[]', p_loaded text default '[]') returns uuid
language sql volatile set search_path = '' as $$ select private.save_role(p_role, p_name, p_description, p_permissions, p_loaded) $$;

-- Deletes a role of the clinic's own; who holds it or is invited to it gets another.
create function private.delete_role(p_role uuid, p_reassign uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('roles.manage');
begin
  perform private.changeable_role(v_tenant, p_role);
  if not private.holds_role(v_tenant, p_role) then
    raise exception 'the role allows more than the caller''s' using errcode = 'YT001';
  end if;
  if exists (select 1 from public.memberships where tenant_id = v_tenant and role_id = p_role)
    or exists (select 1 from public.invitations where tenant_id = v_tenant and role_id = p_role and status = 'open')
  then
    if p_reassign is null or p_reassign = p_role then
      raise exception 'the role is in use' using errcode = 'YT004';
    end if;
    perform private.assert_grantable(v_tenant, p_reassign);
    update public.memberships set role_id = p_reassign where tenant_id = v_tenant and role_id = p_role;
    update public.invitations set role_id = p_reassign where tenant_id = v_tenant and role_id = p_role and status = 'open';
  end if;
  delete from public.roles where tenant_id = v_tenant and id = p_role;
end
$$;

create function public.delete_role(p_role uuid, p_reassign uuid default null) returns void
language sql volatile set search_path = '' as $$ select private.delete_role(p_role, p_reassign) $$;

-- A role with what it allows, and who has it. Null when the clinic has none of this id.
create function private.find_role(p_role uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'id', r.id, 'name', r.name, 'is_system', r.is_system, 'description', coalesce(s.description, r.description),
    'permissions', (
      select coalesce(jsonb_agg(rp.permission order by rp.permission), '[]')
      from public.role_permissions rp where rp.tenant_id = r.tenant_id and rp.role_id = r.id),
    'members', (
      select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'full_name', p.full_name, 'status', m.status) order by private.fold(p.full_name)), '[]')
      from public.memberships m join public.profiles p on p.user_id = m.user_id
      where m.tenant_id = r.tenant_id and m.role_id = r.id and private.can('team.read')),
    'in_use', exists (select 1 from public.memberships m where m.tenant_id = r.tenant_id and m.role_id = r.id)
      or exists (select 1 from public.invitations i where i.tenant_id = r.tenant_id and i.role_id = r.id and i.status = 'open'),
    'own', exists (select 1 from public.memberships m where m.tenant_id = r.tenant_id and m.role_id = r.id and m.user_id = auth.uid()),
    'deletable', private.holds_role(r.tenant_id, r.id))
  from public.roles r
  left join public.system_roles s on r.is_system and s.key = r.key
  where r.tenant_id = private.permitted_tenant_id('roles.read') and r.id = p_role
$$;

create function public.find_role(p_role uuid) returns jsonb
language sql stable set search_path = '' as $$ select private.find_role(p_role) $$;

grant execute on function
  private.list_roles(), public.list_roles(),
  private.save_role(uuid, text, text, text, text), public.save_role(uuid, text, text, text, text),
  private.delete_role(uuid, uuid), public.delete_role(uuid, uuid),
  private.find_role(uuid), public.find_role(uuid)
to authenticated;

-- 60-team/rules.sql
create policy invitations_select on public.invitations for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('team.read')));
comment on policy invitations_select on public.invitations is 'Who sees the team sees who is invited.';

create policy ownership_transfers_select on public.ownership_transfers for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('team.read')));
comment on policy ownership_transfers_select on public.ownership_transfers is 'Who sees the team sees whom the clinic is offered to.';

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

create function private.assert_verified() returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if not exists (select 1 from public.profiles where user_id = auth.uid() and email_verified_at is not null) then
    raise exception 'the e-mail address is not confirmed' using errcode = 'YP002';
  end if;
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
  v_tenant constant uuid := private.require_tenant('team.update');
begin
  perform private.changeable_member(v_tenant, p_membership);
  perform private.assert_grantable(v_tenant, p_role);
  update public.memberships set role_id = p_role where tenant_id = v_tenant and id = p_membership;
end
$$;

create function public.change_member_role(p_membership uuid, p_role uuid) returns void
language sql volatile set search_path = '' as $$ select private.change_member_role(p_membership, p_role) $$;

-- Pauses a membership, which ends its sessions, or lets it go on.
create function private.set_member_status(p_membership uuid, p_status text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.update');
begin
  perform private.changeable_member(v_tenant, p_membership);
  -- A place that an invitation held in vain is free.
  perform private.expire_invitations(v_tenant);
  update public.memberships set status = p_status where tenant_id = v_tenant and id = p_membership;
end
$$;

create function public.set_member_status(p_membership uuid, p_status text) returns void
language sql volatile set search_path = '' as $$ select private.set_member_status(p_membership, p_status) $$;

create function private.remove_member(p_membership uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.remove');
begin
  perform private.changeable_member(v_tenant, p_membership);
  delete from public.memberships where tenant_id = v_tenant and id = p_membership;
end
$$;

create function public.remove_member(p_membership uuid) returns void
language sql volatile set search_path = '' as $$ select private.remove_member(p_membership) $$;

-- The people of the caller's clinic: at most 200 that match, and how many there are. Who of them has a second factor is part of what
-- those see who may see the team.
create function private.list_team(p_search text, p_role uuid, p_status text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.read');
begin
  return (
    with found as (
      select m.id, p.full_name, u.email, r.name as role, m.status, m.user_id = auth.uid() as is_self,
        (select max(s.last_seen_at) from private.tenant_sessions s where s.tenant_id = m.tenant_id and s.user_id = m.user_id) as last_seen_at,
        private.has_second_factor(m.user_id) as second_factor
      from public.memberships m
      join auth.users u on u.id = m.user_id
      join public.profiles p on p.user_id = m.user_id
      join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
      where m.tenant_id = v_tenant
        and (p_role is null or m.role_id = p_role)
        and (p_status is null or m.status = p_status)
        and position(private.fold(coalesce(p_search, '')) in private.fold(p.full_name || ' ' || u.email)) > 0
    )
    select jsonb_build_object(
      'total', (select count(*) from found),
      'rows', (select coalesce(jsonb_agg(f order by private.fold(f.full_name), f.id), '[]')
               from (select * from found order by private.fold(full_name), id limit 200) as f)));
end
$$;

-- The people of the caller's clinic: at most 200 that match, and how many there are. Who of them has a second factor is part of what
-- those see who may see the team.
create function public.list_team(p_search text default '', p_role uuid default null, p_status text default null) returns jsonb
language sql stable set search_path = '' as $$ select private.list_team(p_search, p_role, p_status) $$;

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

create function public.find_member(p_membership uuid) returns jsonb
language sql stable set search_path = '' as $$ select private.find_member(p_membership) $$;

-- Ends one session of a member, or all; answers how many ended. Nobody has to outrank a member to end what may be a thief's, but
-- nobody keeps out by it, again and again, those who could stop them.
create function private.end_member_sessions(p_membership uuid, p_session uuid) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('team.update');
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

create function public.end_member_sessions(p_membership uuid, p_session uuid default null) returns integer
language sql volatile set search_path = '' as $$ select private.end_member_sessions(p_membership, p_session) $$;

create trigger invitations_step_up before insert or update of role_id, expires_at on public.invitations for each statement execute function private.require_step_up();

create trigger ownership_transfers_step_up before insert on public.ownership_transfers for each statement execute function private.require_step_up();

grant execute on function
  private.change_member_role(uuid, uuid), public.change_member_role(uuid, uuid),
  private.set_member_status(uuid, text), public.set_member_status(uuid, text),
  private.remove_member(uuid), public.remove_member(uuid),
  private.list_team(text, uuid, text), public.list_team(text, uuid, text),
  private.find_member(uuid), public.find_member(uuid),
  private.end_member_sessions(uuid, uuid), public.end_member_sessions(uuid, uuid)
to authenticated;

do $$
begin
  perform private.audit_table('public.invitations');
  perform private.audit_table('public.ownership_transfers');
  -- Who is invited takes a place already: accepting moves it from one table to the other.
  perform private.limit_table('public.invitations', 'users', 'status = ''open''');
end
$$;

-- 70-patients/rules-export.sql
-- Notes an export in the log, or refuses it. Until the address is confirmed nothing leaves.
create function private.start_patient_export() returns void
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.export_tenant_id();
begin
  perform private.assert_step_up();
  perform private.write_audit(v_tenant, 'patients.exported', private.session_id());
end
$$;

create function public.start_patient_export() returns void
language sql volatile set search_path = '' as $$ select private.start_patient_export() $$;

-- The clinic whose patients the caller may export: where the role allows it, and under a hold the owner's, unless the
-- hold is for safety: then somebody else may sit in the owner's chair. Until the address is confirmed nothing leaves.
create function private.export_tenant_id() returns uuid
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.session_tenant_id();
begin
  if not (private.can('exports.create') and private.can('patients.read')) and not (
    private.current_tenant_id() is null
    and exists (
      select 1 from public.memberships m
      join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id and r.is_system and r.key = 'owner'
      where m.tenant_id = v_tenant and m.user_id = auth.uid())
    and not exists (select 1 from public.tenant_holds where tenant_id = v_tenant and kind = 'security' and lifted_at is null))
  then
    raise exception 'exporting is not allowed' using errcode = '42501';
  end if;
  if not exists (select 1 from public.profiles where user_id = auth.uid() and email_verified_at is not null) then
    raise exception 'the e-mail address is not confirmed' using errcode = 'YP002';
  end if;
  return v_tenant;
end
$$;

-- The next portion of an export that this session has begun, by id: one whose beginning was written, not refused. A definer, because under
-- a hold policies show nothing: it filters by itself.
create function private.export_patients(p_archived boolean, p_after uuid, p_limit integer) returns setof public.patients
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.export_tenant_id();
  v_patient public.patients;
begin
  if p_after is null then
    perform private.assert_step_up();
  end if;
  if not exists (
    select 1 from public.audit_log
    where tenant_id = v_tenant and record_id = private.session_id() and actor_id = auth.uid() and action = 'patients.exported'
      and outcome = 'done' and occurred_at > now() - interval '1 hour')
  then
    raise exception 'no export has begun' using errcode = '42501';
  end if;
  for v_patient in
    select p.* from public.patients p
    where p.tenant_id = v_tenant and p.archived = p_archived and (p_after is null or p.id > p_after)
    order by p.id limit least(p_limit, 1000)
  loop
    v_patient.mark_key := null;
    return next v_patient;
  end loop;
end
$$;

-- The next portion of an export that this session has begun, by id: one whose beginning was written, not refused. A definer, because under
-- a hold policies show nothing: it filters by itself.
create function public.export_patients(p_archived boolean, p_after uuid default null, p_limit integer default 1000) returns setof public.patients
language sql stable set search_path = '' as $$
  select * from private.export_patients(p_archived, p_after, p_limit)
$$;

grant execute on function
  private.start_patient_export(), public.start_patient_export(),
  private.export_patients(boolean, uuid, integer), public.export_patients(boolean, uuid, integer)
to authenticated;

-- 70-patients/rules-imports.sql
-- Opens an import. What the same person left half-uploaded goes.
create function private.start_patient_import(p_file_name text, p_fields text[], p_date_order text) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.import');
  v_id uuid;
begin
  if not private.has_feature(v_tenant, 'import') then
    raise exception 'the plan has no import' using errcode = 'YQ002';
  end if;
  if (select count(distinct f) from unnest(p_fields) as f) < cardinality(p_fields) then
    raise exception 'a field is named twice' using errcode = '22023';
  end if;
  delete from public.patient_imports where tenant_id = v_tenant and created_by = auth.uid() and status = 'uploading';
  if (select count(*) from public.patient_imports where tenant_id = v_tenant and status in ('uploading', 'checking', 'checked', 'importing')) >= 5 then
    raise exception 'too many imports are open' using errcode = 'YP003';
  end if;
  insert into public.patient_imports (tenant_id, created_by, file_name, fields, date_order)
  values (v_tenant, auth.uid(), p_file_name, p_fields, p_date_order)
  returning id into v_id;
  perform private.write_audit(v_tenant, 'patient_imports.started', v_id);
  return v_id;
end
$$;

-- Opens an import. What the same person left half-uploaded goes.
create function public.start_patient_import(p_file_name text, p_fields text[], p_date_order text) returns uuid
language sql volatile set search_path = '' as $$ select private.start_patient_import(p_file_name, p_fields, p_date_order) $$;

-- Stages rows of a file: [[line, [cell, …], problem or null], …]. Sending the same lines again changes nothing.
create function private.stage_patient_rows(p_import uuid, p_rows jsonb) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.import');
  v_total integer;
begin
  perform 1 from public.patient_imports
  where tenant_id = v_tenant and id = p_import and created_by = auth.uid() and status = 'uploading' for update;
  if not found then
    raise exception 'no such upload' using errcode = 'P0002';
  end if;
  with staged as (
    insert into private.patient_import_rows (tenant_id, import_id, line, cells, problem)
    select v_tenant, p_import, (r ->> 0)::integer, r -> 1, left(r ->> 2, 200) from jsonb_array_elements(p_rows) as r
    on conflict do nothing
    returning 1
  )
  update public.patient_imports set rows_total = rows_total + (select count(*) from staged)
  where tenant_id = v_tenant and id = p_import
  returning rows_total into v_total;
  return v_total;
end
$$;

-- The rows come as text: some gateways pass a JSON argument on as a JSON string.
create function public.stage_patient_rows(p_import uuid, p_rows text) returns integer
language sql volatile set search_path = '' as $$ select private.stage_patient_rows(p_import, p_rows::jsonb) $$;

-- Hands the staged rows to the job that checks them.
create function private.check_patient_import(p_import uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.import');
begin
  update public.patient_imports set status = 'checking'
  where tenant_id = v_tenant and id = p_import and created_by = auth.uid() and status = 'uploading' and rows_total > 0;
  if not found then
    raise exception 'no such upload' using errcode = 'P0002';
  end if;
  perform graphile_worker.add_job(
    'check_patient_import', json_build_object('importId', p_import), queue_name => 'import-' || v_tenant, max_attempts => 3);
end
$$;

create function public.check_patient_import(p_import uuid) returns void
language sql volatile set search_path = '' as $$ select private.check_patient_import(p_import) $$;

-- The person's decision: all valid rows, or none.
create function private.decide_patient_import(p_import uuid, p_accept boolean) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.import');
begin
  update public.patient_imports
  set status = case when p_accept then 'importing' else 'discarded' end, finished_at = case when p_accept then null else now() end,
    decided_by = auth.uid()
  where tenant_id = v_tenant and id = p_import
    and (status = 'checked' or (not p_accept and status = 'uploading'))
    and (not p_accept or rows_new + rows_known > 0);
  if not found then
    raise exception 'nothing to decide' using errcode = 'P0002';
  end if;
  perform private.write_audit(v_tenant, case when p_accept then 'patient_imports.accepted' else 'patient_imports.discarded' end, p_import);
  if p_accept then
    perform graphile_worker.add_job(
      'apply_patient_import', json_build_object('importId', p_import), queue_name => 'import-' || v_tenant, max_attempts => 3);
  else
    delete from private.patient_import_rows where tenant_id = v_tenant and import_id = p_import;
  end if;
end
$$;

create function public.decide_patient_import(p_import uuid, p_accept boolean) returns void
language sql volatile set search_path = '' as $$ select private.decide_patient_import(p_import, p_accept) $$;

-- Refused lines with what they held, after a line.
create function private.list_import_problems(p_import uuid, p_after integer, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.import');
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('line', line, 'problem', problem, 'cells', cells) order by line), '[]')
    from (
      select line, problem, cells from private.patient_import_rows
      where tenant_id = v_tenant and import_id = p_import and problem is not null and line > p_after
      order by line limit least(p_limit, 1000)
    ) as refused);
end
$$;

create function public.list_import_problems(p_import uuid, p_after integer default 0, p_limit integer default 50) returns jsonb
language sql stable set search_path = '' as $$ select private.list_import_problems(p_import, p_after, p_limit) $$;

-- Called by the job after each row was read: marks repeated ids, counts, and asks for the decision.
create function private.finish_import_check(p_import uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_tenant constant uuid := (select tenant_id from public.patient_imports where id = p_import);
begin
  update private.patient_import_rows r
  set problem = format('External id: line %s has the same one.', d.first_line)
  from (
    select external_id, min(line) as first_line from private.patient_import_rows
    where tenant_id = v_tenant and import_id = p_import and problem is null and external_id is not null
    group by external_id having count(*) > 1
  ) as d
  where r.tenant_id = v_tenant and r.import_id = p_import and r.external_id = d.external_id and r.line > d.first_line
    and r.problem is null;

  -- Without an id nobody is recognised, but nobody is added a second time in silence either.
  update private.patient_import_rows r
  set problem = 'A patient of this name and birth date exists. An external id, here and there, would tell who is meant.'
  where r.tenant_id = v_tenant and r.import_id = p_import and r.problem is null and r.external_id is null
    and exists (
      select 1 from public.patients p
      where p.tenant_id = v_tenant and p.archived in (false, true)
        and p.name_key = private.fold((r.patient ->> 'family_name') || ' ' || (r.patient ->> 'given_name'))
        and p.birth_date = (r.patient ->> 'birth_date')::date);

  with named as materialized (
    select line, private.fold((patient ->> 'family_name') || ' ' || (patient ->> 'given_name')) as name_key, patient ->> 'birth_date' as birth_date
    from private.patient_import_rows
    where tenant_id = v_tenant and import_id = p_import and problem is null and external_id is null
  ),
  repeated as (
    select name_key, birth_date, min(line) as first_line from named group by 1, 2 having count(*) > 1
  )
  update private.patient_import_rows r
  set problem = format('Line %s has the same name and birth date. An external id for each would tell them apart.', d.first_line)
  from named n join repeated d on d.name_key = n.name_key and d.birth_date = n.birth_date and n.line > d.first_line
  where r.tenant_id = v_tenant and r.import_id = p_import and r.line = n.line;

  update public.patient_imports i
  set status = 'checked', rows_checked = c.total, rows_refused = c.refused, rows_known = c.known, rows_new = c.total - c.refused - c.known
  from (
    select count(*)::integer as total, (count(*) filter (where r.problem is not null))::integer as refused,
      (count(*) filter (where r.problem is null and p.id is not null))::integer as known
    from private.patient_import_rows r
    left join public.patients p on p.tenant_id = v_tenant and p.external_id = r.external_id
    where r.tenant_id = v_tenant and r.import_id = p_import
  ) as c
  where i.id = p_import and i.tenant_id = v_tenant and i.status = 'checking';
end
$$;

-- Writes every valid row by one statement, as the person who decided. Known external ids are updated, and only where something differs.
create function private.apply_patient_import(p_import uuid) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_import public.patient_imports;
  v_changed text[];
  v_added integer;
  v_updated integer;
begin
  select * into v_import from public.patient_imports where id = p_import and status = 'importing' for update;
  if not found then
    return;
  end if;
  perform set_config('yourcrm.actor', v_import.decided_by::text, true);
  v_changed := array(select f from unnest(v_import.fields) as f where f <> 'external_id');
  execute format(
    'with written as (
       insert into public.patients (tenant_id, created_by, %1$s)
       select $1, $2, %2$s
       from private.patient_import_rows r, jsonb_populate_record(null::public.patients, r.patient) as p
       where r.tenant_id = $1 and r.import_id = $3 and r.problem is null
         -- Another import of the same people may have been accepted since the check.
         and (r.external_id is not null or not exists (
           select 1 from public.patients x
           where x.tenant_id = $1 and x.archived in (false, true) and x.birth_date = p.birth_date
             and x.name_key = private.fold(p.family_name || '' '' || p.given_name)))
       order by r.line
       on conflict (tenant_id, external_id) do update set %3$s
         where (%4$s) is distinct from (%5$s)
       returning (xmax = 0) as added
     )
     select (count(*) filter (where added))::integer, (count(*) filter (where not added))::integer from written',
    (select string_agg(quote_ident(f), ', ') from unnest(v_import.fields) as f),
    (select string_agg('p.' || quote_ident(f), ', ') from unnest(v_import.fields) as f),
    (select string_agg(format('%1$I = excluded.%1$I', f), ', ') from unnest(v_changed) as f),
    (select string_agg('patients.' || quote_ident(f), ', ') from unnest(v_changed) as f),
    (select string_agg('excluded.' || quote_ident(f), ', ') from unnest(v_changed) as f))
  into v_added, v_updated using v_import.tenant_id, v_import.decided_by, p_import;
  update public.patient_imports
  set status = 'done', rows_added = v_added, rows_updated = v_updated, finished_at = now()
  where id = p_import;
  delete from private.patient_import_rows where tenant_id = v_import.tenant_id and import_id = p_import and problem is null;
  perform private.write_audit(v_import.tenant_id, 'patient_imports.done', p_import);
end
$$;

-- Called by the jobs when they give up: nothing was written, and the staged rows go.
create function private.fail_patient_import(p_import uuid, p_problem text) returns void
language sql security definer set search_path = '' as $$
  with failed as (
    update public.patient_imports set status = 'failed', problem = p_problem, finished_at = now()
    where id = p_import and status in ('checking', 'importing')
    returning tenant_id, id
  )
  delete from private.patient_import_rows r using failed f where r.tenant_id = f.tenant_id and r.import_id = f.id;
$$;

-- A day after its beginning nothing of a file is kept, decided or not.
create function private.purge_patient_imports() returns void
language sql security definer set search_path = '' as $$
  delete from private.patient_import_rows r using public.patient_imports i
  where i.created_at < now() - interval '1 day' and r.tenant_id = i.tenant_id and r.import_id = i.id;
  update public.patient_imports
  set status = case when status in ('uploading', 'checked') then 'discarded' else 'failed' end,
    problem = case when status in ('uploading', 'checked') then null else 'internal' end, finished_at = now()
  where status in ('uploading', 'checking', 'checked', 'importing') and created_at < now() - interval '1 day';
$$;

grant execute on function
  private.start_patient_import(text, text[], text), public.start_patient_import(text, text[], text),
  private.stage_patient_rows(uuid, jsonb),
  private.check_patient_import(uuid), public.check_patient_import(uuid),
  private.decide_patient_import(uuid, boolean), public.decide_patient_import(uuid, boolean),
  private.list_import_problems(uuid, integer, integer), public.list_import_problems(uuid, integer, integer),
  public.stage_patient_rows(uuid, text)
to authenticated;

-- 70-patients/rules.sql
create policy patients_select on public.patients for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('patients.read')));
comment on policy patients_select on public.patients is 'Who may read patients reads the clinic''s.';

create policy patients_insert on public.patients for insert to authenticated
  with check (tenant_id = (select private.permitted_tenant_id('patients.create')));
comment on policy patients_insert on public.patients is 'Who may add patients adds them to the clinic only.';

create policy patients_update on public.patients for update to authenticated
  using (tenant_id = (select private.permitted_tenant_id('patients.update')))
  with check (tenant_id = (select private.permitted_tenant_id('patients.update')));
comment on policy patients_update on public.patients is 'Who may change patients changes the clinic''s, and they stay there.';

create policy patient_words_select on private.patient_words for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('patients.read')));
comment on policy patient_words_select on private.patient_words is 'Who may read patients may search them.';

create policy patient_imports_select on public.patient_imports for select to authenticated
  using (tenant_id = (select private.permitted_tenant_id('patients.import')));
comment on policy patient_imports_select on public.patient_imports is 'Who may import patients sees the clinic''s imports.';

create trigger patients_touch before update on public.patients for each row execute function private.touch();

-- Archiving has a permission of its own; policies cannot compare the old row with the new one.
create function private.guard_archiving() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if auth.uid() is not null and not private.can('patients.archive') then
    raise exception 'archiving is not allowed' using errcode = '42501';
  end if;
  return new;
end
$$;

create trigger patients_guard_archiving before update on public.patients
  for each row when (old.archived_at is distinct from new.archived_at) execute function private.guard_archiving();

-- Splits what a person typed into words. A date (12/31/1980, 31.12.1980 or 1980-12-31) is a number of year, month and day;
-- only digits and signs are one number, without a trunk prefix; everything else splits at blanks and commas.
create function private.search_words(p_query text) returns text[]
language sql immutable strict set search_path = '' as $$
  select case
    when p_query ~ '^\s*[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}\s*$' then array(
      select d[3] || lpad(d[1], 2, '0') || lpad(d[2], 2, '0') from regexp_matches(p_query, '([0-9]+)/([0-9]+)/([0-9]+)') as d)
    when p_query ~ '^\s*[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}\s*$' then array(
      select d[3] || lpad(d[2], 2, '0') || lpad(d[1], 2, '0') from regexp_matches(p_query, '([0-9]+)\.([0-9]+)\.([0-9]+)') as d)
    when p_query ~ '[0-9]' and p_query ~ '^[0-9 ()+./-]+$' then array(
      select case when char_length(n) > 5 then ltrim(n, '0') else n end from regexp_replace(p_query, '[^0-9]', '', 'g') as n)
    else array(
      select distinct w from unnest(regexp_split_to_array(private.fold(p_query), '[[:space:],;]+')) as w where w <> ''
    )
  end
$$;

-- One page of the patient list: rows, whether there is more, and a count capped at 1,001 for searches. The cursor is a patient's id; nothing
-- of a patient travels in it. Row-level security applies to the caller. The clinic stands in a variable: a condition of a query is not
-- looked at where a table is empty, and whoever may not read a list hears so, as nothing would look like none.
create function public.list_patients(
  p_search text default '', p_archived boolean default false, p_sort text default 'name', p_descending boolean default false,
  p_cursor uuid default null, p_backwards boolean default false, p_limit integer default 25
) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_tenant constant uuid := private.require_tenant('patients.read');
  v_words constant text[] := private.search_words(coalesce(left(p_search, 200), ''));
  v_limit constant integer := least(greatest(p_limit, 1), 100);
  v_column constant text := case p_sort when 'name' then 'name_key' when 'birth_date' then 'birth_date' when 'updated' then 'updated_at' end;
  v_down constant boolean := p_descending <> p_backwards;
  v_matching text := '';
  v_after text := '';
  v_rows jsonb;
  v_total bigint;
  v_word text;
begin
  if v_column is null then
    raise exception 'unknown sort' using errcode = '22023';
  end if;
  foreach v_word in array v_words loop
    v_matching := v_matching || format(
      ' and p.id in (select w.patient_id from private.patient_words w where w.tenant_id = $1 and w.word >= %L and w.word < %L)',
      v_word, v_word || U&'\+10FFFF');
  end loop;
  if p_cursor is not null then
    v_after := format(
      ' and (p.%1$I, p.id) %2$s (select c.%1$I, c.id from public.patients c where c.tenant_id = $1 and c.id = $3)',
      v_column, case when v_down then '<' else '>' end);
  end if;
  execute format(
    'select coalesce(jsonb_agg(r order by r.position), ''[]'')
     from (
       select row_number() over () as position, q.* from (
         select p.id, p.given_name, p.family_name, p.birth_date, p.sex, p.mobile_phone, p.home_phone, p.email, p.external_id, p.updated_at
         from public.patients p
         where p.tenant_id = $1 and p.archived = $2 %1$s %2$s
         order by p.%3$I %4$s, p.id %4$s
         limit $4
       ) q
     ) r',
    v_matching, v_after, v_column, case when v_down then 'desc' else 'asc' end)
  into v_rows using v_tenant, p_archived, p_cursor, v_limit + 1;

  if cardinality(v_words) > 0 or p_archived then
    execute format(
      'select count(*) from (select 1 from public.patients p where p.tenant_id = $1 and p.archived = $2 %s limit 1001) capped', v_matching)
    into v_total using v_tenant, p_archived;
  else
    select used into v_total from public.usage_counters where tenant_id = v_tenant and metric = 'patients' and period = 'total';
  end if;

  return jsonb_build_object(
    'rows', case when p_backwards
      then (select coalesce(jsonb_agg(e - 'position' order by n desc), '[]') from jsonb_array_elements(v_rows) with ordinality as x (e, n) where n <= v_limit)
      else (select coalesce(jsonb_agg(e - 'position' order by n), '[]') from jsonb_array_elements(v_rows) with ordinality as x (e, n) where n <= v_limit)
    end,
    'has_more', jsonb_array_length(v_rows) > v_limit,
    'total', coalesce(v_total, 0)
  );
end
$$;

create function private.index_patients() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op <> 'INSERT' then
    delete from private.patient_words w using old_rows o
    where w.tenant_id = o.tenant_id and w.patient_id = o.id;
  end if;
  if tg_op = 'DELETE' then
    return null;
  end if;
  insert into private.patient_words (tenant_id, patient_id, word)
  with folded as materialized (
    select n.tenant_id, n.id, n.birth_date, n.mobile_phone, n.home_phone,
      private.fold(concat_ws(' ', n.given_name, n.family_name, n.email, n.external_id)) as text
    from new_rows n
  ),
  typed as materialized (
    select f.tenant_id, f.id, w from folded f, regexp_split_to_table(f.text, '[[:space:],;]+') as w
  ),
  phones as materialized (
    select f.tenant_id, f.id, ltrim(regexp_replace(n, '[^0-9]', '', 'g'), '0') as w
    from folded f, unnest(array[f.mobile_phone, f.home_phone]) as n where n is not null
  ),
  words as (
    select tenant_id, id, w from typed
    union all select tenant_id, id, regexp_replace(w, '[[:punct:]]', '', 'g') from typed where w ~ '[[:punct:]]'
    union all select t.tenant_id, t.id, part from typed t, regexp_split_to_table(t.w, '[[:punct:]]+') as part
      where t.w ~ '[[:punct:]]' and char_length(part) > 1
    union all select tenant_id, id, to_char(birth_date, 'YYYYMMDD') from folded
    union all select tenant_id, id, w from phones
    -- A phone number is also found without country and area, and by its last four digits.
    union all select tenant_id, id, right(w, n) from phones, unnest(array[10, 9, 8, 7, 4]) as n where char_length(w) > n
  )
  select tenant_id, id, left(w, 254) from words where w <> ''
  on conflict do nothing;
  return null;
end
$$;

create trigger patients_index_insert after insert on public.patients
  referencing new table as new_rows for each statement execute function private.index_patients();

create trigger patients_index_update after update on public.patients
  referencing old table as old_rows new table as new_rows for each statement execute function private.index_patients();

create trigger patients_index_delete after delete on public.patients
  referencing old table as old_rows for each statement execute function private.index_patients();

create trigger patients_fixed before update of id, tenant_id, mark_key on public.patients for each row
  when ((old.id, old.tenant_id, old.mark_key) is distinct from (new.id, new.tenant_id, new.mark_key))
  execute function private.refuse_new_identity();

create function private.mark_key(p_tenant uuid, p_patient uuid) returns bytea
language sql stable security definer set search_path = '' set enable_seqscan = off as $$
  select mark_key from public.patients where tenant_id = p_tenant and id = p_patient
$$;

-- Whether a value stood in a record by an entry of the log: p_values is a jsonb object of its changed fields, p_patient the one whom the
-- record is about where it is not the patient's own. Null when the patient's key is gone.
create function private.audit_value_matches(p_tenant uuid, p_entry bigint, p_values jsonb, p_patient uuid default null) returns boolean
language sql stable security definer set search_path = '' as $$
  select extensions.hmac(convert_to(p_values::text, 'UTF8'), private.mark_key(l.tenant_id, coalesce(p_patient, l.record_id)), 'sha256') = l.values_mac
  from public.audit_log l
  where l.tenant_id = p_tenant and l.id = p_entry
$$;

-- Opens a patient's full record: a line in the log, and for a minute the right to read it. False when the clinic has none of this id.
-- Reading is a request of its own: whoever made it fail, by a cast of a column, would see the value and undo the line.
create function private.open_patient(p_id uuid) returns boolean
language plpgsql volatile security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.permitted_tenant_id('patients.read');
begin
  if exists (select 1 from private.slowed_members s where s.tenant_id = v_tenant and s.user_id = auth.uid() and s.until > now())
    and private.take_rate_limit('slowed:' || v_tenant || auth.uid(), 5, 60) > 0
  then
    raise exception 'too many records' using errcode = 'YR003';
  end if;
  if not exists (select 1 from public.patients p where p.tenant_id = v_tenant and p.id = p_id) then
    return false;
  end if;
  perform private.write_audit(v_tenant, 'patients.opened', p_id);
  return true;
end
$$;

create function public.open_patient(p_id uuid) returns boolean
language sql volatile set search_path = '' as $$ select private.open_patient(p_id) $$;

-- The full record of a patient that this session has opened within the last minute.
create function private.read_patient(p_id uuid) returns setof public.patients
language plpgsql stable security definer set search_path = '' as $$
declare
  v_tenant constant uuid := private.permitted_tenant_id('patients.read');
  v_patient public.patients;
begin
  if exists (
    select 1 from public.audit_log l
    where l.tenant_id = v_tenant and l.record_id = p_id and l.occurred_at > now() - interval '1 minute' and l.action = 'patients.opened'
      and l.outcome = 'done' and l.session_id = private.session_id() and l.actor_id = auth.uid()
      -- Committed: a line of this very transaction could be undone with it.
      and l.xid < pg_snapshot_xmax(pg_current_snapshot()) and l.xid is distinct from pg_current_xact_id_if_assigned())
  then
    for v_patient in select p.* from public.patients p where p.tenant_id = v_tenant and p.id = p_id loop
      v_patient.mark_key := null;
      return next v_patient;
    end loop;
  end if;
end
$$;

create function public.read_patient(p_id uuid) returns setof public.patients
language sql stable set search_path = '' as $$ select * from private.read_patient(p_id) $$;

grant execute on function
  private.search_words(text),
  public.list_patients(text, boolean, text, boolean, uuid, boolean, integer),
  private.open_patient(uuid), public.open_patient(uuid),
  private.read_patient(uuid), public.read_patient(uuid)
to authenticated;

do $$
begin
  perform private.audit_table('public.patients', 'tenant_id', 'id');
  perform private.limit_table('public.patients', 'patients', 'not archived');
end
$$;

-- 80-platform/rules-clinics.sql
-- A page of 25 clinics. `p_hold` is a kind, 'open' for any of them, or 'none'; `p_sort` is newest, oldest, name, people or patients.
create function private.list_clinics(p_search text, p_status text, p_plan text, p_hold text, p_sort text, p_page integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_search constant text := '%' || regexp_replace(private.fold(btrim(coalesce(p_search, ''))), '([\\%_])', '\\\1', 'g') || '%';
begin
  perform private.assert_platform_admin();
  return (
    with clinics as materialized (
      select t.id, t.slug, t.name, t.created_at, pl.name as plan,
        case when t.status = 'cancelled' then t.status else s.status end as status, s.trial_ends_at,
        coalesce(u.used, 0) as people, coalesce(p.used, 0) as patients,
        array(select h.kind from public.tenant_holds h where h.tenant_id = t.id and h.lifted_at is null order by h.placed_at) as holds
      from public.tenants t
      join public.tenant_subscriptions s on s.tenant_id = t.id
      join public.plans pl on pl.id = s.plan_id
      left join public.usage_counters u on u.tenant_id = t.id and u.metric = 'users' and u.period = 'total'
      left join public.usage_counters p on p.tenant_id = t.id and p.metric = 'patients' and p.period = 'total'
      where (p_plan is null or pl.key = p_plan)
        and (private.fold(t.name) like v_search or t.slug like v_search or exists (
          select 1 from public.memberships m join auth.users a on a.id = m.user_id
          where m.tenant_id = t.id and lower(a.email) like v_search))
    ), found as (
      select * from clinics
      where (p_status is null or status = p_status)
        and (p_hold is null or (p_hold = 'none') = (holds = '{}') and (p_hold in ('none', 'open') or p_hold = any(holds)))
    ), page as (
      select * from found
      order by
        case when p_sort = 'people' then people when p_sort = 'patients' then patients end desc,
        case when p_sort = 'name' then private.fold(name) end,
        case when p_sort = 'oldest' then created_at end,
        created_at desc, id
      limit 25 offset 25 * (greatest(p_page, 1) - 1)
    )
    select jsonb_build_object(
      'total', (select count(*) from found),
      'rows', (select coalesce(jsonb_agg(to_jsonb(page)), '[]') from page))
  );
end
$$;

create function public.list_clinics(
  p_search text default null, p_status text default null, p_plan text default null, p_hold text default null,
  p_sort text default 'newest', p_page integer default 1) returns jsonb
language sql stable set search_path = '' as $$ select private.list_clinics(p_search, p_status, p_plan, p_hold, p_sort, p_page) $$;

-- One clinic as the platform sees it, without a patient. Looking is noted in the clinic's own log, once for a session
-- and quarter of an hour. Null when there is none.
create function private.find_clinic(p_tenant uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  if not exists (select 1 from public.tenants where id = p_tenant) then
    return null;
  end if;
  if not exists (
    select 1 from public.audit_log
    where tenant_id = p_tenant and record_id = private.session_id() and action = 'tenants.viewed_by_platform'
      and occurred_at > now() - interval '15 minutes')
  then
    perform private.write_audit(p_tenant, 'tenants.viewed_by_platform', private.session_id());
  end if;
  return (
    select jsonb_build_object(
      'id', t.id, 'slug', t.slug, 'name', t.name, 'created_at', t.created_at, 'time_zone', t.time_zone, 'currency', t.currency,
      'locale', t.locale, 'contact_email', c.contact_email,
      'status', case when t.status = 'cancelled' then t.status else s.status end,
      'plan', pl.name, 'trial_ends_at', s.trial_ends_at,
      'usage', (
        select coalesce(jsonb_agg(jsonb_build_object('metric', u.metric, 'used', u.used, 'limit', private.plan_limit(t.id, u.metric)) order by u.metric), '[]')
        from public.usage_counters u where u.tenant_id = t.id and u.period = 'total'),
      'members', (
        select coalesce(jsonb_agg(to_jsonb(x) order by x.joined_at, x.email), '[]') from (
          select a.email, p.full_name, r.name as role, m.status, p.email_verified_at is not null as verified, m.created_at as joined_at,
            (select max(z.last_seen_at) from private.tenant_sessions z where z.tenant_id = m.tenant_id and z.user_id = m.user_id) as last_seen_at
          from public.memberships m
          join auth.users a on a.id = m.user_id
          join public.profiles p on p.user_id = m.user_id
          join public.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
          where m.tenant_id = t.id
          order by m.created_at limit 200) as x),
      'members_total', (select count(*) from public.memberships m where m.tenant_id = t.id),
      'holds', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'id', h.id, 'kind', h.kind, 'reason', h.reason, 'placed_at', h.placed_at, 'lifted_at', h.lifted_at,
          'lift_reason', h.lift_reason) order by h.lifted_at is not null, h.placed_at desc), '[]')
        from public.tenant_holds h where h.tenant_id = t.id),
      'domains', (
        select coalesce(jsonb_agg(jsonb_build_object('host', d.host, 'verified_at', d.verified_at) order by d.host), '[]')
        from public.tenant_domains d where d.tenant_id = t.id),
      'agreements', (
        select coalesce(jsonb_agg(jsonb_build_object('document', g.document, 'version', g.document_version, 'accepted_at', g.accepted_at)
          order by g.accepted_at, g.document), '[]')
        from public.tenant_agreements g where g.tenant_id = t.id))
    from public.tenants t
    join public.tenant_settings c on c.tenant_id = t.id
    join public.tenant_subscriptions s on s.tenant_id = t.id
    join public.plans pl on pl.id = s.plan_id
    where t.id = p_tenant
  );
end
$$;

create function public.find_clinic(p_tenant uuid) returns jsonb
language sql volatile set search_path = '' as $$ select private.find_clinic(p_tenant) $$;

-- Fifty entries of a clinic's log, the newest first, before an id. Which record it was stays out: it could be a patient. What was refused
-- or failed must not read as done.
create function private.list_clinic_audit(p_tenant uuid, p_before bigint) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  return (
    select coalesce(jsonb_agg(to_jsonb(x) order by x.id desc), '[]') from (
      select l.id, l.occurred_at, l.action, l.outcome, l.changed_fields, a.email as actor, d.user_id is not null as by_platform
      from public.audit_log l
      left join auth.users a on a.id = l.actor_id
      left join private.platform_admins d on d.user_id = l.actor_id
      where l.tenant_id = p_tenant and (p_before is null or l.id < p_before)
      order by l.id desc limit 50) as x
  );
end
$$;

-- Fifty entries of a clinic's log, the newest first, before an id. Which record it was stays out: it could be a patient. What was refused
-- or failed must not read as done.
create function public.list_clinic_audit(p_tenant uuid, p_before bigint default null) returns jsonb
language sql stable set search_path = '' as $$ select private.list_clinic_audit(p_tenant, p_before) $$;

-- Totals of today, and clinics over time: 30 days, 12 weeks or 12 months, in UTC.
create function private.platform_totals(p_period text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_step constant interval := ('1 ' || p_period)::interval;
  v_last constant timestamp := date_trunc(p_period, now() at time zone 'UTC');
begin
  perform private.assert_platform_admin();
  return jsonb_build_object(
    'clinics', (select count(*) from public.tenants),
    'on_hold', (select count(distinct h.tenant_id) from public.tenant_holds h where h.lifted_at is null),
    'by_status', (
      select coalesce(jsonb_object_agg(x.status, x.n), '{}') from (
        select case when t.status = 'cancelled' then t.status else s.status end as status, count(*) as n
        from public.tenants t join public.tenant_subscriptions s on s.tenant_id = t.id group by 1) as x),
    'by_plan', (
      select coalesce(jsonb_agg(jsonb_build_object('plan', x.name, 'clinics', x.n) order by x.sort), '[]') from (
        select min(pl.name) as name, min(pl.position) as sort, count(*) as n
        from public.tenant_subscriptions s
        join public.plans pl on pl.id = s.plan_id group by pl.key) as x),
    'people', (select coalesce(sum(u.used), 0) from public.usage_counters u where u.metric = 'users' and u.period = 'total'),
    'over_time', (
      select jsonb_agg(jsonb_build_object(
        'start', b.start::date, 'sign_ups', count_in.n, 'clinics', count_until.n) order by b.start)
      from generate_series(v_last - v_step * (case p_period when 'day' then 29 else 11 end), v_last, v_step) as b (start),
        lateral (select count(*) as n from public.tenants where created_at >= b.start at time zone 'UTC' and created_at < (b.start + v_step) at time zone 'UTC') as count_in,
        lateral (select count(*) as n from public.tenants where created_at < (b.start + v_step) at time zone 'UTC') as count_until));
end
$$;

create function public.platform_totals(p_period text default 'day') returns jsonb
language sql stable set search_path = '' as $$ select private.platform_totals(p_period) $$;

create function private.place_admin_hold(p_tenant uuid, p_reason text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  if not exists (select 1 from public.tenants where id = p_tenant and status = 'active') then
    raise exception 'no such clinic' using errcode = 'P0002';
  end if;
  insert into public.tenant_holds (tenant_id, kind, reason) values (p_tenant, 'admin', p_reason);
end
$$;

create function public.place_admin_hold(p_tenant uuid, p_reason text) returns void
language sql volatile set search_path = '' as $$ select private.place_admin_hold(p_tenant, p_reason) $$;

create function private.lift_admin_hold(p_tenant uuid, p_reason text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  if btrim(coalesce(p_reason, '')) = '' then
    raise exception 'a reason is needed' using errcode = '22023';
  end if;
  update public.tenant_holds set lifted_at = now(), lift_reason = p_reason
  where tenant_id = p_tenant and kind = 'admin' and lifted_at is null;
  if not found then
    raise exception 'no such hold' using errcode = 'P0002';
  end if;
end
$$;

create function public.lift_admin_hold(p_tenant uuid, p_reason text) returns void
language sql volatile set search_path = '' as $$ select private.lift_admin_hold(p_tenant, p_reason) $$;

grant execute on function
  private.list_clinics(text, text, text, text, text, integer), public.list_clinics(text, text, text, text, text, integer),
  private.find_clinic(uuid), public.find_clinic(uuid),
  private.list_clinic_audit(uuid, bigint), public.list_clinic_audit(uuid, bigint),
  private.platform_totals(text), public.platform_totals(text),
  private.place_admin_hold(uuid, text), public.place_admin_hold(uuid, text),
  private.lift_admin_hold(uuid, text), public.lift_admin_hold(uuid, text)
to authenticated;

-- 80-platform/rules-entitlements.sql
-- What the platform grants a clinic, beside what its plan has.
create function private.list_entitlements(p_tenant uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  return (
    select jsonb_build_object(
      'limits', (
        select jsonb_agg(jsonb_build_object(
          'metric', m.metric, 'period', m.period, 'used', case when m.counted then coalesce(c.used, 0) end,
          'limit', private.plan_limit(t.id, m.metric),
          'override', case when o.id is not null then jsonb_build_object(
            'limit', o.max_value, 'reason', o.reason, 'expires_at', o.expires_at, 'over', o.expires_at <= now()) end) order by m.position)
        from private.metrics m
        left join public.usage_counters c
          on c.tenant_id = t.id and c.metric = m.metric and c.period = private.usage_period(m.period, t.time_zone, now())
        left join public.limit_overrides o on o.tenant_id = t.id and o.metric = m.metric
        where m.limited),
      'features', to_jsonb(private.features_of(t.id)),
      'overrides', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'feature', o.feature, 'granted', o.granted, 'reason', o.reason, 'expires_at', o.expires_at, 'over', o.expires_at <= now())
          order by o.feature), '[]')
        from public.feature_overrides o where o.tenant_id = t.id))
    from public.tenants t where t.id = p_tenant);
end
$$;

create function public.list_entitlements(p_tenant uuid) returns jsonb
language sql stable set search_path = '' as $$ select private.list_entitlements(p_tenant) $$;

-- Grants a limit in place of the plan's, until a moment or for good; null is unlimited.
create function private.override_limit(p_tenant uuid, p_metric text, p_reason text, p_max bigint default null, p_expires_at timestamptz default null) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  if not exists (select 1 from private.metrics where metric = p_metric and limited) or p_expires_at <= now() then
    raise exception 'no such limit, or a moment that is past' using errcode = '22023';
  end if;
  insert into public.limit_overrides (tenant_id, metric, max_value, expires_at, reason)
  values (p_tenant, p_metric, p_max, p_expires_at, p_reason)
  on conflict (tenant_id, metric) do update
  set max_value = excluded.max_value, expires_at = excluded.expires_at, reason = excluded.reason, created_at = now();
end
$$;

create function public.override_limit(p_tenant uuid, p_metric text, p_reason text, p_max bigint default null, p_expires_at timestamptz default null) returns void
language sql volatile set search_path = '' as $$ select private.override_limit(p_tenant, p_metric, p_reason, p_max, p_expires_at) $$;

-- Grants a feature that the plan has not, or takes one that it has, until a moment or for good.
create function private.override_feature(p_tenant uuid, p_feature text, p_granted boolean, p_reason text, p_expires_at timestamptz default null) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform private.assert_platform_admin();
  if not exists (select 1 from public.plan_features where feature = p_feature) or p_expires_at <= now() then
    raise exception 'no such feature, or a moment that is past' using errcode = '22023';
  end if;
  insert into public.feature_overrides (tenant_id, feature, granted, expires_at, reason)
  values (p_tenant, p_feature, p_granted, p_expires_at, p_reason)
  on conflict (tenant_id, feature) do update
  set granted = excluded.granted, expires_at = excluded.expires_at, reason = excluded.reason, created_at = now();
end
$$;

create function public.override_feature(p_tenant uuid, p_feature text, p_granted boolean, p_reason text, p_expires_at timestamptz default null) returns void
language sql volatile set search_path = '' as $$ select private.override_feature(p_tenant, p_feature, p_granted, p_reason, p_expires_at) $$;

-- Takes back what was granted or taken: the plan alone decides again. False when there is nothing to take back any more.
create function private.end_override(p_tenant uuid, p_key text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_limits integer;
  v_features integer;
begin
  perform private.assert_platform_admin();
  delete from public.limit_overrides where tenant_id = p_tenant and 'limit:' || metric = p_key;
  get diagnostics v_limits = row_count;
  delete from public.feature_overrides where tenant_id = p_tenant and 'feature:' || feature = p_key;
  get diagnostics v_features = row_count;
  return v_limits + v_features > 0;
end
$$;

create function public.end_override(p_tenant uuid, p_key text) returns boolean
language sql volatile set search_path = '' as $$ select private.end_override(p_tenant, p_key) $$;

grant execute on function
  private.list_entitlements(uuid), public.list_entitlements(uuid),
  private.override_limit(uuid, text, text, bigint, timestamptz), public.override_limit(uuid, text, text, bigint, timestamptz),
  private.override_feature(uuid, text, boolean, text, timestamptz), public.override_feature(uuid, text, boolean, text, timestamptz),
  private.end_override(uuid, text), public.end_override(uuid, text)
to authenticated;

-- 80-platform/rules.sql
-- When an open session of the platform runs out without further activity; null when it has ended.
create function private.platform_session_runs_out(p_session private.platform_sessions) returns timestamptz
language sql stable set search_path = '' as $$
  select least(p_session.last_seen_at + interval '15 minutes', p_session.created_at + interval '12 hours')
  where p_session.ended_at is null
$$;

-- The administrator who asks: live session that has proven the very factor of the account. Null otherwise.
create function private.platform_admin_id() returns uuid
language sql stable security definer set search_path = '' as $$
  select s.user_id
  from private.platform_sessions s
  join private.platform_admins a on a.user_id = s.user_id and a.removed_at is null
  join auth.sessions x on x.id = s.session_id and x.aal::text = 'aal2' and x.factor_id = a.factor_id
  where s.session_id = private.session_id() and s.user_id = auth.uid() and auth.jwt() ->> 'aal' = 'aal2'
    and private.platform_session_runs_out(s) > now() and private.session_alive(s.session_id, s.user_id)
$$;

create function private.assert_platform_admin() returns void
language plpgsql stable security definer set search_path = '' as $$
begin
  if private.platform_admin_id() is null then
    raise exception 'not an administrator of the platform' using errcode = '42501';
  end if;
end
$$;

create function private.end_platform_sessions(p_user uuid) returns void
language sql volatile security definer set search_path = '' as $$
  update private.platform_sessions set ended_at = now() where user_id = p_user and ended_at is null;
  delete from auth.sessions where user_id = p_user;
$$;

-- Makes an account an administrator, or gives one a new start: what it proved before counts no more.
-- Called by whoever may connect to the database.
create function private.invite_platform_admin(p_email text, p_token_hash bytea) returns void
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := (select id from auth.users where lower(email) = lower(p_email) and not is_sso_user);
begin
  if v_user is null then
    raise exception 'no account has this address' using errcode = 'P0002';
  end if;
  if exists (select 1 from public.memberships where user_id = v_user) then
    raise exception 'the address belongs to a member of a clinic' using errcode = 'YA001';
  end if;
  insert into private.platform_admins (user_id) values (v_user) on conflict (user_id) do update set factor_id = null, removed_at = null;
  insert into private.platform_invites (user_id, token_hash, expires_at) values (v_user, p_token_hash, now() + interval '24 hours')
  on conflict (user_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at;
  perform private.end_platform_sessions(v_user);
end
$$;

-- Takes the platform away from an account; false when it was no administrator.
create function private.remove_platform_admin(p_email text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := (select id from auth.users where lower(email) = lower(p_email) and not is_sso_user);
begin
  update private.platform_admins set removed_at = now(), factor_id = null where user_id = v_user and removed_at is null;
  if not found then
    return false;
  end if;
  delete from private.platform_invites where user_id = v_user;
  delete from auth.mfa_factors where user_id = v_user;
  perform private.end_platform_sessions(v_user);
  return true;
end
$$;

-- The account of an administrator's link, or null. Sessions and second factors of before go: somebody else may have made them.
create function private.open_platform_invite(p_token text) returns text
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := (
    select user_id from private.platform_invites
    where token_hash = sha256(convert_to(p_token, 'UTF8')) and expires_at > now());
begin
  delete from auth.mfa_factors where user_id = v_user;
  delete from auth.sessions where user_id = v_user;
  return (select email from auth.users where id = v_user);
end
$$;

create function public.open_platform_invite(p_token text) returns text
language sql volatile set search_path = '' as $$ select private.open_platform_invite(p_token) $$;

-- Binds a session to the platform, once. The app calls this for a session whose code it has counted, checked and spent;
-- Auth alone would let codes be guessed and repeated. The first time the link must be shown too: with it the link is used
-- up, and the factor of this session becomes the account's. Answers whether it did.
create function private.enter_platform(p_session uuid, p_ip text, p_user_agent text, p_token text) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_session auth.sessions;
begin
  select * into v_session from auth.sessions where id = p_session and aal::text = 'aal2' and created_at > now() - interval '15 minutes';
  if not private.session_alive(v_session.id, v_session.user_id)
    or exists (select 1 from private.tenant_sessions where session_id = p_session)
  then
    return false;
  end if;
  if p_token is not null then
    delete from private.platform_invites
    where user_id = v_session.user_id and token_hash = sha256(convert_to(p_token, 'UTF8')) and expires_at > now();
    if not found then
      return false;
    end if;
    update private.platform_admins set factor_id = v_session.factor_id where user_id = v_session.user_id;
  end if;
  insert into private.platform_sessions (session_id, user_id, ip, user_agent)
  select p_session, a.user_id, left(p_ip, 64), left(p_user_agent, 300)
  from private.platform_admins a
  where a.user_id = v_session.user_id and a.factor_id = v_session.factor_id and a.removed_at is null
  on conflict (session_id) do nothing;
  return found;
end
$$;

create function public.enter_platform(p_session uuid, p_ip text, p_user_agent text, p_token text default null) returns boolean
language sql volatile set search_path = '' as $$ select private.enter_platform(p_session, p_ip, p_user_agent, p_token) $$;

create function private.leave_platform() returns void
language sql volatile security definer set search_path = '' as $$
  update private.platform_sessions set ended_at = now()
  where session_id = private.session_id() and user_id = auth.uid() and ended_at is null
$$;

create function public.leave_platform() returns void
language sql volatile set search_path = '' as $$ select private.leave_platform() $$;

-- What a page of the platform needs to know of its caller: 'ok', 'second_factor' when only that is missing, or 'signed_out'.
create function private.platform_gate() returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_user constant uuid := auth.uid();
  v_session private.platform_sessions;
begin
  select * into v_session from private.platform_sessions where session_id = private.session_id() and user_id = v_user;
  if private.platform_session_runs_out(v_session) <= now() then
    update private.platform_sessions set ended_at = now() where session_id = v_session.session_id;
    delete from auth.sessions where id = v_session.session_id;
    return jsonb_build_object('status', 'signed_out', 'run_out', true);
  end if;
  if private.platform_admin_id() is not null then
    update private.platform_sessions set last_seen_at = now()
    where session_id = v_session.session_id and last_seen_at < now() - interval '1 minute';
    return (select jsonb_build_object('status', 'ok', 'email', email) from auth.users where id = v_user);
  end if;
  -- Half a sign-in is good for a quarter of an hour.
  if v_session.session_id is null and private.session_alive(private.session_id(), v_user)
    and exists (select 1 from auth.sessions where id = private.session_id() and created_at > now() - interval '15 minutes')
  then
    return coalesce(
      (select jsonb_build_object('status', 'second_factor', 'factor_id', a.factor_id)
       from private.platform_admins a where a.user_id = v_user and a.factor_id is not null and a.removed_at is null),
      jsonb_build_object('status', 'signed_out', 'run_out', false));
  end if;
  return jsonb_build_object('status', 'signed_out', 'run_out', false);
end
$$;

create function public.platform_gate() returns jsonb
language sql volatile set search_path = '' as $$ select private.platform_gate() $$;

-- An account is the platform's or a clinic's, never both.
create function private.refuse_platform_admin() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select 1 from private.platform_admins where user_id = new.user_id and removed_at is null) then
    raise exception 'the address belongs to an administrator of the platform' using errcode = 'YA001';
  end if;
  return new;
end
$$;

create trigger memberships_refuse_platform_admin before insert or update of user_id on public.memberships
  for each row execute function private.refuse_platform_admin();

-- A session of the platform never enters a clinic, whoever carries its cookie there.
create function private.refuse_platform_session() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select 1 from private.platform_sessions where session_id = new.session_id) then
    return null;
  end if;
  return new;
end
$$;

create trigger tenant_sessions_refuse_platform before insert on private.tenant_sessions
  for each row execute function private.refuse_platform_session();

grant execute on function
  private.open_platform_invite(text), public.open_platform_invite(text),
  private.enter_platform(uuid, text, text, text), public.enter_platform(uuid, text, text, text)
to service_role;

grant execute on function
  private.leave_platform(), public.leave_platform()
to authenticated;

grant execute on function
  private.platform_gate(), public.platform_gate()
to anon, authenticated;

-- 99-jobs/rules.sql
-- Removes what has run out; called by a job every hour.
create function private.purge_expired() returns void
language sql security definer set search_path = '' as $$
  delete from private.rate_limits where resets_at < now();
  delete from private.handoff_codes where expires_at < now();
  delete from private.email_verifications where expires_at < now();
  delete from private.password_resets where expires_at < now();
  delete from private.platform_invites where expires_at < now();
  delete from private.signup_reservations where tenant_id is not null and expires_at < now();
  delete from private.reserved_names where until < now();
  select private.purge_forgotten();
  select private.end_run_out_sessions();
  with ended as (
    update private.platform_sessions s set ended_at = now() where private.platform_session_runs_out(s) <= now() returning s.session_id
  )
  delete from auth.sessions x using ended where x.id = ended.session_id;
$$;

-- 10-audit/rows.sql
insert into private.audit_sealer default values;

-- Two colleagues who edit the same record are no attack.
insert into private.security_rules (key, title, description, actions, outcome, reason, subject, condition, threshold, window_seconds, answer, tell_person, except_reasons) values
  ('many_refusals', 'Many refusals', 'One person was refused {n} times within ten minutes.', null, 'refused', null, 'actor', null, 30, 600, 'none', false, '{stale}'),
  ('unknown_ids', 'Records of others tried', 'One person asked for {n} records within ten minutes that this clinic does not have.', null, 'refused', 'not_found', 'actor', null, 20, 600, 'end_sessions', false, '{}'),
  ('failed_sign_ins', 'Failed sign-ins', '{n} sign-ins of one account failed within an hour.', array['sessions.refused'], 'failed', null, 'member', null, 10, 3600, 'none', true, '{}'),
  ('new_address', 'Sign-in from a new place after failures', 'An account was signed in from an address range that it never used, after at least three failures within an hour.', array['sessions.started'], 'done', null, 'actor', 'new_address_after_failures', 1, 3600, 'none', true, '{}'),
  ('mass_opening', 'Many records opened', 'One person opened {n} patient records within ten minutes.', array['patients.opened'], 'done', null, 'actor', null, 100, 600, 'slow', false, '{}'),
  ('night_export', 'Export at night', 'Patients or the log were exported between 10 pm and 6 am, in the clinic''s time.', array['patients.exported', 'audit_log.exported'], 'done', null, 'actor', 'at_night', 1, 3600, 'none', false, '{}'),
  ('broken_log', 'The log does not verify', 'The daily check found an entry of the log that was changed, moved or removed.', array[]::text[], 'done', null, 'actor', null, 1, 86400, 'none', false, '{}');

-- 20-usage/rows.sql
insert into private.metrics (metric, period, limited, counted, position) values
  ('users', 'total', true, true, 1), ('patients', 'total', true, true, 2), ('appointments', 'month', true, false, 3),
  ('calls', 'month', true, false, 4), ('sms', 'month', true, false, 5), ('mails', 'month', false, true, 6),
  ('locations', 'total', true, false, 7), ('storage_bytes', 'total', true, false, 8), ('api_calls', 'hour', true, false, 9);

insert into private.trial_limits (metric, max_value) values ('sms', 100);

insert into private.feature_actions (action, field, feature) values
  ('patients.opened', null, 'patients'), ('patient_imports.started', null, 'import'), ('patients.exported', null, 'export'),
  ('audit_log.exported', null, 'audit_export'), ('roles.insert', null, 'custom_roles'), ('roles.update', null, 'custom_roles'),
  ('profiles.second_factor_added', null, 'mfa'), ('tenant_settings.update', 'brand_color', 'brand'),
  ('tenant_settings.update', 'logo_hash', 'brand');

-- 30-access/rows.sql
-- In the order in which people read the catalogue.
insert into public.permissions (key, description, position) values
  ('patients.read', 'Find patients and open their records', 1),
  ('patients.create', 'Add patients', 2),
  ('patients.update', 'Change patients'' details', 3),
  ('patients.archive', 'Archive patients and bring them back', 4),
  ('patients.merge', 'Merge two records of the same patient', 5),
  ('patients.import', 'Import patients from a file', 6),
  ('appointments.read', 'See the calendar', 7),
  ('appointments.create', 'Book appointments', 8),
  ('appointments.update', 'Move and change appointments', 9),
  ('appointments.cancel', 'Cancel appointments', 10),
  ('calls.read', 'See calls', 11),
  ('calls.create', 'Log and place calls', 12),
  ('messages.read', 'Read text messages', 13),
  ('messages.send', 'Send text messages', 14),
  ('notes.read', 'Read notes', 15),
  ('notes.create', 'Write notes', 16),
  ('notes.update', 'Change one''s notes', 17),
  ('invoices.read', 'See patients'' invoices', 18),
  ('invoices.create', 'Write invoices', 19),
  ('invoices.update', 'Change drafts and record payments', 20),
  ('invoices.void', 'Void invoices and refund payments', 21),
  ('files.read', 'Open files', 22),
  ('files.upload', 'Upload files', 23),
  ('files.delete', 'Delete files', 24),
  ('reports.read', 'See reports', 25),
  ('exports.create', 'Export data', 26),
  ('settings.read', 'See the clinic''s settings', 27),
  ('settings.update', 'Change the clinic''s settings', 28),
  ('team.read', 'See who works here', 29),
  ('team.invite', 'Invite people', 30),
  ('team.update', 'Change people''s roles and deactivate them', 31),
  ('team.remove', 'Remove people from the clinic', 32),
  ('roles.read', 'See roles and what they allow', 33),
  ('roles.manage', 'Create and change roles', 34),
  ('billing.read', 'See the plan, invoices and usage', 35),
  ('billing.update', 'Change the plan and the way to pay', 36),
  ('api_keys.read', 'See API keys', 37),
  ('api_keys.manage', 'Create, rotate and revoke API keys', 38),
  ('webhooks.read', 'See webhooks and their deliveries', 39),
  ('webhooks.manage', 'Create and change webhooks', 40),
  ('audit.read', 'See who did what', 41),
  ('audit.resolve', 'Close security alerts, with a note', 42);

insert into public.system_roles (key, name, description, position) values
  ('owner', 'Owner', 'Everything, the plan and the clinic itself included', 1),
  ('admin', 'Administrator', 'Everything but the plan', 2),
  ('practitioner', 'Practitioner', 'Clinical work', 3),
  ('staff', 'Staff', 'The front desk', 4),
  ('billing', 'Billing', 'Invoices, payments and the plan', 5);

insert into public.system_role_permissions (role_key, permission)
select 'owner', key from public.permissions
union all
select 'admin', key from public.permissions where key <> 'billing.update'
union all
select 'practitioner', unnest(array[
  'patients.read', 'patients.create', 'patients.update', 'appointments.read', 'appointments.create', 'appointments.update',
  'appointments.cancel', 'calls.read', 'calls.create', 'messages.read', 'messages.send', 'notes.read', 'notes.create',
  'notes.update', 'invoices.read', 'files.read', 'files.upload', 'reports.read', 'settings.read', 'team.read', 'roles.read'])
union all
select 'staff', unnest(array[
  'patients.read', 'patients.create', 'patients.update', 'patients.archive', 'appointments.read', 'appointments.create',
  'appointments.update', 'appointments.cancel', 'calls.read', 'calls.create', 'messages.read', 'messages.send', 'invoices.read',
  'invoices.create', 'files.read', 'files.upload', 'settings.read', 'team.read', 'roles.read'])
union all
select 'billing', unnest(array[
  'invoices.read', 'invoices.create', 'invoices.update', 'invoices.void', 'reports.read', 'settings.read', 'team.read',
  'roles.read', 'billing.read', 'billing.update', 'exports.create']);

-- 40-billing/rows.sql
insert into public.plans (key, version, name, position) values
  ('free', 1, 'Free', 1), ('starter', 1, 'Starter', 2), ('professional', 1, 'Professional', 3), ('enterprise', 1, 'Enterprise', 4);

-- A year costs ten months.
insert into public.plan_prices (plan_id, interval, currency, amount_minor)
select p.id, i.interval, 'usd', m.monthly * i.months
from (values ('free', 0), ('starter', 4900), ('professional', 9900), ('enterprise', 24900)) as m (key, monthly)
join public.plans p on p.key = m.key and p.version = 1
cross join (values ('month', 1), ('year', 10)) as i (interval, months);

insert into public.plan_limits (plan_id, metric, max_value)
select p.id, l.metric, l.max_value
from (values
  ('free', 'users', 5), ('starter', 'users', 10), ('professional', 'users', 50), ('enterprise', 'users', null),
  ('free', 'patients', 100), ('starter', 'patients', 1000), ('professional', 'patients', 5000), ('enterprise', 'patients', null),
  ('free', 'appointments', 200), ('starter', 'appointments', 2000), ('professional', 'appointments', 10000), ('enterprise', 'appointments', null),
  ('free', 'calls', 100), ('starter', 'calls', 1000), ('professional', 'calls', 10000), ('enterprise', 'calls', null),
  ('free', 'sms', 0), ('starter', 'sms', 500), ('professional', 'sms', 2000), ('enterprise', 'sms', 10000),
  ('free', 'locations', 1), ('starter', 'locations', 1), ('professional', 'locations', 3), ('enterprise', 'locations', null),
  ('free', 'storage_bytes', 10737418240), ('starter', 'storage_bytes', 53687091200), ('professional', 'storage_bytes', 214748364800), ('enterprise', 'storage_bytes', 1099511627776),
  ('free', 'api_calls', 1000), ('starter', 'api_calls', 5000), ('professional', 'api_calls', 20000), ('enterprise', 'api_calls', 100000)
) as l (plan, metric, max_value)
join public.plans p on p.key = l.plan and p.version = 1;

-- Features name the lowest plan that has them; higher plans have them too.
insert into public.plan_features (plan_id, feature)
select p.id, f.feature
from (values
  (1, array['patients', 'calendar', 'calls', 'notes', 'invoices', 'files', 'online_booking', 'api', 'webhooks', 'export', 'mfa', 'brand']),
  (2, array['sms', 'reminders', 'custom_fields', 'import']),
  (3, array['custom_roles', 'own_records_scope', 'advanced_reports', 'fonts', 'mail_templates', 'no_platform_mark', 'patient_portal', 'audit_export']),
  (4, array['sso', 'custom_domain', 'dedicated_project', 'retention_rules', 'support_24_7'])
) as g (position, features)
cross join unnest(g.features) as f (feature)
join public.plans p on p.position >= g.position;

-- 50-tenants/rows.sql
insert into private.reserved_names (name)
select unnest(array[
  'about', 'abuse', 'account', 'accounts', 'admin', 'administrator', 'api', 'app', 'apps', 'assets', 'auth', 'autoconfig',
  'autodiscover', 'backup', 'beta', 'billing', 'blog', 'board', 'booking', 'broadcasthost', 'calendar', 'careers', 'cdn',
  'chat', 'checkout', 'clinic', 'clinics', 'cloud', 'community', 'console', 'contact', 'crm', 'dashboard', 'data', 'database',
  'db', 'debug', 'demo-admin', 'dev', 'developer', 'developers', 'direct', 'dns', 'docs', 'domain', 'domains', 'download',
  'email', 'example', 'export', 'faq', 'feedback', 'files', 'forum', 'ftp', 'gateway', 'git', 'graphql', 'guest', 'health',
  'help', 'hipaa', 'home', 'host', 'hostmaster', 'images', 'imap', 'import', 'inbox', 'info', 'internal', 'invite', 'invoice',
  'invoices', 'isatap', 'jobs', 'landing', 'legal', 'live', 'local', 'localhost', 'login', 'logout', 'mail', 'mailer',
  'mailserver', 'marketing', 'media', 'metrics', 'mobile', 'monitor', 'monitoring', 'mx', 'new', 'news', 'newsletter', 'no-reply',
  'noc', 'noreply', 'ns1', 'ns2', 'ns3', 'ns4', 'oauth', 'office', 'official', 'old', 'operations', 'ops', 'order', 'orders',
  'owner', 'partner', 'partners', 'password', 'patient', 'patients', 'payment', 'payments', 'platform', 'pop', 'pop3', 'portal',
  'postmaster', 'preview', 'pricing', 'privacy', 'private', 'prod', 'production', 'profile', 'proxy', 'public', 'register',
  'registration', 'root', 'sales', 'sandbox', 'secure', 'security', 'server', 'service', 'services', 'settings', 'setup', 'shop',
  'sign-in', 'sign-up', 'signin', 'signup', 'sip', 'sitemap', 'smtp', 'sso', 'staff', 'stage', 'staging', 'static', 'statistics',
  'stats', 'status', 'storage', 'store', 'stripe', 'subdomain', 'supabase', 'support', 'sysadmin', 'system', 'team', 'tenant',
  'tenants', 'terms', 'test', 'testing', 'tests', 'trial', 'undefined', 'update', 'upload', 'uploads', 'user', 'username', 'users',
  'video', 'vpn', 'web', 'webhook', 'webhooks', 'webmail', 'webmaster', 'website', 'wiki', 'wpad', 'www', 'www1', 'www2', 'yourcrm'
]);

reset check_function_bodies;
