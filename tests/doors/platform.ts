import type { Doors } from '../support/doors';

export default {
  entranceActions: ['acceptInvite', 'confirmEnrolment', 'enterCode', 'signInToPlatform', 'signOutOfPlatform'],
  platformActions: {
    placeHold: (id) => ({ clinic: id('tenants'), reason: 'A case of the tests.' }),
    liftHold: (id) => ({ clinic: id('tenants'), reason: 'A case of the tests.' }),
    grantLimit: (id) => ({ clinic: id('tenants'), metric: 'patients', limit: '7', until: '', reason: 'A case of the tests.' }),
    grantFeature: (id) => ({ clinic: id('tenants'), feature: 'import', granted: 'yes', until: '', reason: 'A case of the tests.' }),
    takeBackOverride: (id) => ({ clinic: id('tenants'), key: 'calls' }),
    retryEvent: () => ({ event: 'evt_of_alder' }),
    closeBillingAlert: () => ({ alert: 1 }),
  },
  functions: {
    anon: ['platform_gate'],
    authenticated: [
      'end_override',
      'find_clinic',
      'leave_platform',
      'lift_admin_hold',
      'list_billing_problems',
      'list_clinic_audit',
      'list_clinics',
      'list_entitlements',
      'override_feature',
      'override_limit',
      'place_admin_hold',
      'platform_gate',
      'platform_totals',
      'resolve_billing_alert',
      'retry_stripe_event',
    ],
    service_role: ['enter_platform', 'open_platform_invite'],
  },
} satisfies Doors;
