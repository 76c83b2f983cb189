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
