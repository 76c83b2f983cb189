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
