-- In the order in which people read the catalogue.
insert into public.permissions (key, description, position) values
  ('patients.read', 'Find patients and open their records', 1),
  ('patients.create', 'Add patients', 2),
  ('patients.update', 'Change patients'' details', 3),
  ('patients.archive', 'Archive patients and bring them back', 4),
  ('patients.merge', 'Merge two records of the same patient', 5),
  ('patients.import', 'Import patients from a file', 6),
  ('appointments.read', 'See the calendar', 7),
  ('appointments.create', 'Book appointments', 8),
  ('appointments.update', 'Move and change appointments', 9),
  ('appointments.cancel', 'Cancel appointments', 10),
  ('calls.read', 'See calls', 11),
  ('calls.create', 'Log and place calls', 12),
  ('messages.read', 'Read text messages', 13),
  ('messages.send', 'Send text messages', 14),
  ('notes.read', 'Read notes', 15),
  ('notes.create', 'Write notes', 16),
  ('notes.update', 'Change one''s notes', 17),
  ('invoices.read', 'See patients'' invoices', 18),
  ('invoices.create', 'Write invoices', 19),
  ('invoices.update', 'Change drafts and record payments', 20),
  ('invoices.void', 'Void invoices and refund payments', 21),
  ('files.read', 'Open files', 22),
  ('files.upload', 'Upload files', 23),
  ('files.delete', 'Delete files', 24),
  ('reports.read', 'See reports', 25),
  ('exports.create', 'Export data', 26),
  ('settings.read', 'See the clinic''s settings', 27),
  ('settings.update', 'Change the clinic''s settings', 28),
  ('team.read', 'See who works here', 29),
  ('team.invite', 'Invite people', 30),
  ('team.update', 'Change people''s roles and deactivate them', 31),
  ('team.remove', 'Remove people from the clinic', 32),
  ('roles.read', 'See roles and what they allow', 33),
  ('roles.manage', 'Create and change roles', 34),
  ('billing.read', 'See the plan, invoices and usage', 35),
  ('billing.update', 'Change the plan and the way to pay', 36),
  ('api_keys.read', 'See API keys', 37),
  ('api_keys.manage', 'Create, rotate and revoke API keys', 38),
  ('webhooks.read', 'See webhooks and their deliveries', 39),
  ('webhooks.manage', 'Create and change webhooks', 40),
  ('audit.read', 'See who did what', 41),
  ('audit.resolve', 'Close security alerts, with a note', 42);

insert into public.system_roles (key, name, description, position) values
  ('owner', 'Owner', 'Everything, the plan and the clinic itself included', 1),
  ('admin', 'Administrator', 'Everything but the plan', 2),
  ('practitioner', 'Practitioner', 'Clinical work', 3),
  ('staff', 'Staff', 'The front desk', 4),
  ('billing', 'Billing', 'Invoices, payments and the plan', 5);

insert into public.system_role_permissions (role_key, permission)
select 'owner', key from public.permissions
union all
select 'admin', key from public.permissions where key <> 'billing.update'
union all
select 'practitioner', unnest(array[
  'patients.read', 'patients.create', 'patients.update', 'appointments.read', 'appointments.create', 'appointments.update',
  'appointments.cancel', 'calls.read', 'calls.create', 'messages.read', 'messages.send', 'notes.read', 'notes.create',
  'notes.update', 'invoices.read', 'files.read', 'files.upload', 'reports.read', 'settings.read', 'team.read', 'roles.read'])
union all
select 'staff', unnest(array[
  'patients.read', 'patients.create', 'patients.update', 'patients.archive', 'appointments.read', 'appointments.create',
  'appointments.update', 'appointments.cancel', 'calls.read', 'calls.create', 'messages.read', 'messages.send', 'invoices.read',
  'invoices.create', 'files.read', 'files.upload', 'settings.read', 'team.read', 'roles.read'])
union all
select 'billing', unnest(array[
  'invoices.read', 'invoices.create', 'invoices.update', 'invoices.void', 'reports.read', 'settings.read', 'team.read',
  'roles.read', 'billing.read', 'billing.update', 'exports.create']);
