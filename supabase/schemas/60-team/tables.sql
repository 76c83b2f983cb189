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
