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
