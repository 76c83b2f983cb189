insert into private.metrics (metric, period, limited, counted, position) values
  ('users', 'total', true, true, 1), ('patients', 'total', true, true, 2), ('appointments', 'month', true, false, 3),
  ('calls', 'month', true, false, 4), ('sms', 'month', true, false, 5), ('mails', 'month', false, true, 6),
  ('locations', 'total', true, false, 7), ('storage_bytes', 'total', true, false, 8), ('api_calls', 'hour', true, false, 9);

insert into private.trial_limits (metric, max_value) values ('sms', 100);

insert into private.feature_actions (action, field, feature) values
  ('patients.opened', null, 'patients'), ('patient_imports.started', null, 'import'), ('patients.exported', null, 'export'),
  ('audit_log.exported', null, 'audit_export'), ('roles.insert', null, 'custom_roles'), ('roles.update', null, 'custom_roles'),
  ('profiles.second_factor_added', null, 'mfa'), ('tenant_settings.update', 'brand_color', 'brand'),
  ('tenant_settings.update', 'logo_hash', 'brand');
