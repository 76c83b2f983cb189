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

create table public.plan_prices (
  plan_id uuid not null references public.plans on delete cascade,
  interval text not null check (interval in ('month', 'year')),
  currency text not null check (currency ~ '^[a-z]{3}$'),
  amount_minor integer not null check (amount_minor >= 0),
  primary key (plan_id, interval, currency)
);

-- A null limit means unlimited.
create table public.plan_limits (
  plan_id uuid not null references public.plans on delete cascade,
  metric text not null check (metric ~ '^[a-z_]{2,40}$'),
  max_value bigint check (max_value >= 0),
  primary key (plan_id, metric)
);

create table public.plan_features (
  plan_id uuid not null references public.plans on delete cascade,
  feature text not null check (feature ~ '^[a-z0-9_]{2,40}$'),
  primary key (plan_id, feature)
);

alter table public.plans enable row level security;
alter table public.plans force row level security;
alter table public.plan_prices enable row level security;
alter table public.plan_prices force row level security;
alter table public.plan_limits enable row level security;
alter table public.plan_limits force row level security;
alter table public.plan_features enable row level security;
alter table public.plan_features force row level security;

grant select on public.plans, public.plan_prices, public.plan_limits, public.plan_features to anon, authenticated, service_role;

create policy plans_select on public.plans for select to anon, authenticated using (true);
comment on policy plans_select on public.plans is 'The price page shows plans to everybody.';
create policy plan_prices_select on public.plan_prices for select to anon, authenticated using (true);
comment on policy plan_prices_select on public.plan_prices is 'The price page shows prices to everybody.';
create policy plan_limits_select on public.plan_limits for select to anon, authenticated using (true);
comment on policy plan_limits_select on public.plan_limits is 'The price page shows limits to everybody.';
create policy plan_features_select on public.plan_features for select to anon, authenticated using (true);
comment on policy plan_features_select on public.plan_features is 'The price page shows features to everybody.';

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
