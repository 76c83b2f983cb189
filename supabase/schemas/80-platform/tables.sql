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
