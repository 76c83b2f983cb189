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
create trigger tenants_touch before update on public.tenants for each row execute function private.touch();

-- A clinic works while no hold on it is open.
create table public.tenant_holds (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references public.tenants on delete cascade,
  kind text not null check (kind in ('trial_expired', 'unpaid', 'admin', 'security')),
  reason text not null check (char_length(reason) between 1 and 500),
  placed_at timestamptz not null default now(),
  lifted_at timestamptz,
  unique (tenant_id, id)
);
create unique index tenant_holds_open_key on public.tenant_holds (tenant_id, kind) where lifted_at is null;

create table public.tenant_settings (
  tenant_id uuid primary key references public.tenants on delete cascade,
  contact_email text check (char_length(contact_email) <= 254),
  created_at timestamptz not null default now()
);

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

create table public.tenant_subscriptions (
  tenant_id uuid primary key references public.tenants on delete cascade,
  plan_id uuid not null references public.plans,
  status text not null check (status in ('trialing', 'active', 'past_due', 'cancelled')),
  trial_ends_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version integer not null default 1,
  check (status <> 'trialing' or trial_ends_at is not null)
);
create index tenant_subscriptions_plan_idx on public.tenant_subscriptions (plan_id);
create trigger tenant_subscriptions_touch before update on public.tenant_subscriptions for each row execute function private.touch();

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

-- Names nobody may take: for ever, or until a released name has rested.
create table private.reserved_names (
  name text primary key check (name = lower(name)),
  until timestamptz
);
alter table private.reserved_names enable row level security;
alter table private.reserved_names force row level security;

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
