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
