import { type RoleKey, roleKeys } from '../support/world';

export type Member = RoleKey | 'bare';
type Allowed = { select?: readonly Member[]; insert?: readonly Member[]; update?: readonly Member[] };

/** Members of any role, one without a single permission included. */
const everybody = [...roleKeys, 'bare'] as const;
const systemRoles = roleKeys;
const patientReaders = ['owner', 'admin', 'practitioner', 'staff'] as const;
const administrators = ['owner', 'admin'] as const;
const accountRunners = ['owner', 'billing'] as const;
const billingReaders = ['owner', 'admin', 'billing'] as const;

/**
 * Who may do what to their own clinic's rows. Everything that is not named here is refused, to everybody:
 * other operations, other clinics' rows, and every actor who is not a working member. A table that is missing fails the test.
 */
export const expectations: Record<string, Allowed> = {
  'public.tenants': { select: everybody, update: administrators },
  'public.tenant_holds': { select: accountRunners },
  'public.tenant_settings': { select: systemRoles, update: administrators },
  'public.tenant_domains': { select: systemRoles },
  'public.tenant_subscriptions': { select: billingReaders },
  'public.tenant_agreements': { select: systemRoles },
  'public.roles': { select: systemRoles },
  'public.role_permissions': { select: systemRoles },
  'public.memberships': { select: systemRoles },
  'public.audit_log': { select: administrators },
  'private.audit_chain': {},
  'private.audit_anchors': {},
  'public.security_events': { select: administrators },
  'private.slowed_members': {},
  'private.former_members': {},
  'public.usage_counters': { select: everybody },
  'public.limit_overrides': { select: billingReaders },
  'public.feature_overrides': { select: billingReaders },
  'private.active_days': {},
  'private.feature_usage': {},
  'public.patients': { select: patientReaders, insert: patientReaders, update: patientReaders },
  'private.patient_words': { select: patientReaders },
  'public.patient_imports': { select: administrators },
  'private.patient_import_rows': {},
  'private.tenant_logos': {},
  'public.invitations': { select: systemRoles },
  'public.ownership_transfers': { select: systemRoles },
  'private.invitation_tokens': {},
  'private.tenant_sessions': {},
  'private.signup_reservations': {},
  'private.handoff_codes': {},
  'private.stripe_events': {},
  'private.billing_syncs': {},
  'private.billing_notices': {},
  'private.billing_alerts': {},
};

/** The roles each policy is for; a policy for `public` would be a finding. */
export const policyRoles = 'authenticated';

/**
 * What each permission alone opens, as `operation table`; permissions whose tables do not exist yet open nothing. Rows are changed
 * by those only who see them: `patients.update` without `patients.read` changes none.
 */
export const permissionRights: Record<string, readonly string[]> = {
  'patients.read': ['select public.patients', 'select private.patient_words'],
  'patients.create': ['insert public.patients'],
  'patients.import': ['select public.patient_imports'],
  'settings.read': ['select public.tenant_settings', 'select public.tenant_domains', 'select public.tenant_agreements'],
  'settings.update': ['update public.tenants'],
  'team.read': ['select public.memberships', 'select public.invitations', 'select public.ownership_transfers'],
  'roles.read': ['select public.roles', 'select public.role_permissions'],
  'billing.read': ['select public.tenant_subscriptions', 'select public.limit_overrides', 'select public.feature_overrides'],
  'billing.update': ['select public.tenant_holds'],
  'audit.read': ['select public.audit_log', 'select public.security_events'],
};

/** What every member may do, whatever the role. */
export const everyMembersRights: readonly string[] = ['select public.tenants', 'select public.usage_counters'];
