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
