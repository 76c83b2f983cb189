insert into private.audit_sealer default values;

-- Two colleagues who edit the same record are no attack.
insert into private.security_rules (key, title, description, actions, outcome, reason, subject, condition, threshold, window_seconds, answer, tell_person, except_reasons) values
  ('many_refusals', 'Many refusals', 'One person was refused {n} times within ten minutes.', null, 'refused', null, 'actor', null, 30, 600, 'none', false, '{stale}'),
  ('unknown_ids', 'Records of others tried', 'One person asked for {n} records within ten minutes that this clinic does not have.', null, 'refused', 'not_found', 'actor', null, 20, 600, 'end_sessions', false, '{}'),
  ('failed_sign_ins', 'Failed sign-ins', '{n} sign-ins of one account failed within an hour.', array['sessions.refused'], 'failed', null, 'member', null, 10, 3600, 'none', true, '{}'),
  ('new_address', 'Sign-in from a new place after failures', 'An account was signed in from an address range that it never used, after at least three failures within an hour.', array['sessions.started'], 'done', null, 'actor', 'new_address_after_failures', 1, 3600, 'none', true, '{}'),
  ('mass_opening', 'Many records opened', 'One person opened {n} patient records within ten minutes.', array['patients.opened'], 'done', null, 'actor', null, 100, 600, 'slow', false, '{}'),
  ('night_export', 'Export at night', 'Patients or the log were exported between 10 pm and 6 am, in the clinic''s time.', array['patients.exported', 'audit_log.exported'], 'done', null, 'actor', 'at_night', 1, 3600, 'none', false, '{}'),
  ('broken_log', 'The log does not verify', 'The daily check found an entry of the log that was changed, moved or removed.', array[]::text[], 'done', null, 'actor', null, 1, 86400, 'none', false, '{}');
