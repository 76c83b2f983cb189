/** What people call the things that the log is about, by table. */
const things: Record<string, string> = {
  patients: 'a patient',
  memberships: 'a membership',
  roles: 'a role',
  invitations: 'an invitation',
  ownership_transfers: 'an offer of ownership',
  tenants: 'the clinic',
  tenant_settings: 'the settings',
  tenant_holds: 'a hold',
  tenant_domains: 'a domain',
  tenant_subscriptions: 'the plan',
  tenant_agreements: 'an agreement',
  security_events: 'a security alert',
  limit_overrides: 'a limit granted by us',
  feature_overrides: 'a feature granted or taken by us',
};
const verbs: Record<string, string> = { insert: 'Added', update: 'Changed', delete: 'Deleted' };

const sentences: Record<string, string> = {
  'patients.opened': 'Opened a patient’s record',
  'patients.exported': 'Exported patients',
  'patient_imports.started': 'Started an import',
  'patient_imports.accepted': 'Accepted an import',
  'patient_imports.discarded': 'Discarded an import',
  'patient_imports.done': 'Finished an import',
  'sessions.started': 'Signed in',
  'sessions.refused': 'A password or code was wrong',
  'sessions.ended': 'Signed out, or a session was ended',
  'sessions.run_out': 'A session ran out',
  'sessions.ended_by_rule': 'Sessions ended by a security rule',
  'profiles.password_changed': 'Changed the password',
  'profiles.email_changed': 'Changed the e-mail address',
  'profiles.email_verified': 'Confirmed the e-mail address',
  'profiles.name_changed': 'Changed the name',
  'profiles.second_factor_added': 'Set up a second factor',
  'profiles.second_factor_removed': 'Removed the second factor',
  'profiles.recovery_codes_replaced': 'Made new recovery codes',
  'sessions.proven': 'Proved the second factor',
  'sessions.proven_by_recovery_code': 'Used a recovery code',
  'role_permissions.insert': 'Added permissions to a role',
  'role_permissions.delete': 'Took permissions from a role',
  'tenants.viewed_by_platform': 'Support looked at the clinic',
  'audit_log.exported': 'Exported the log',
  'audit_log.verified': 'Verified the log',
  'billing.checkout_opened': 'Opened the payment page',
  'billing.change_asked': 'Asked for another plan',
  'billing.end_asked': 'Cancelled the plan',
  'billing.resumption_asked': 'Resumed the plan',
  'billing.payment_asked': 'Asked for a payment',
  'billing.portal_opened': 'Opened the page for cards and address',
  'pages.opened': 'Opened a page',
  'patient_imports.opened': 'Opened an import',
  'memberships.opened': 'Opened a member’s page',
  'roles.opened': 'Opened a role',
};

/** What was tried, by the name of the action that was refused. */
const attempts: Record<string, string> = {
  'accept-ownership': 'Take the clinic over',
  'add-patient': 'Add a patient',
  'archive-patient': 'Archive or restore a patient',
  'change-member-role': 'Change a member’s role',
  'check-import': 'Check an import',
  'decide-import': 'Accept or discard an import',
  'delete-role': 'Delete a role',
  'edit-patient': 'Change a patient',
  'end-member-sessions': 'End a member’s sessions',
  'end-ownership-offer': 'End an offer of ownership',
  'export-log': 'Export the log',
  'export-patients': 'Export patients',
  'import-problems': 'See an import’s problems',
  'import-state': 'Look at an import',
  'invite-people': 'Invite people',
  'offer-ownership': 'Offer the ownership',
  'remove-member': 'Remove a member',
  'resend-invitation': 'Send an invitation again',
  'resolve-alert': 'Close a security alert',
  'revoke-invitation': 'Take an invitation back',
  'save-brand': 'Change the colour',
  'save-logo': 'Change the logo',
  'save-profile': 'Change the clinic’s profile',
  'save-role': 'Save a role',
  'save-second-factor-rule': 'Change who needs a second factor',
  'save-session-limits': 'Change the session limits',
  'search-patients': 'Search patients',
  'send-import-rows': 'Send an import',
  'set-member-status': 'Pause or reactivate a member',
  'start-import': 'Start an import',
  'switch-clinic': 'Go to another clinic',
  'verify-log': 'Verify the log',
};

const capitalise = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What an entry's action says to a person. */
export function actionLabel(action: string): string {
  const sentence = sentences[action] ?? attempts[action];
  if (sentence) return sentence;
  const [table = '', operation = ''] = action.split('.');
  const thing = things[table];
  const verb = verbs[operation];
  if (thing && verb) return `${verb} ${thing}`;
  return capitalise(action.replace(/[._-]+/g, ' '));
}

const reasons: Record<string, string> = {
  forbidden: 'not allowed',
  not_found: 'no such record here',
  not_in_plan: 'not in the plan',
  quota_exceeded: 'over the plan’s limit',
  unverified: 'address not confirmed',
  stale: 'changed in the meantime',
  bad_origin: 'sent from another site',
  bad_credentials: 'wrong password',
  bad_code: 'wrong code',
  rate_limited: 'too many attempts',
  elsewhere: 'tried at another clinic of theirs',
  no_access: 'right password, but no access',
};

/** Why an act was refused, in words. */
export function reasonLabel(reason: string): string {
  return reasons[reason] ?? `needs ${reason}`;
}
