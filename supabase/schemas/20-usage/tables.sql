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
