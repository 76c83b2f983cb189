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
