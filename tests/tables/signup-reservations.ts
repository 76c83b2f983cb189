import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.signup_reservations',
  may: {},
  row: { slug: `clinic.slug || '-earlier'`, email: 'clinic.email', expires_at: `now() - interval '1 day'` },
  acrossClinics: {
    'private.signup_reservations_open_slug_key': 'a subdomain leads to one clinic, as sign-up says to anybody',
    'private.signup_reservations_idempotency_key': 'the hash of a key that the caller chose at random',
  },
} satisfies TenantTable;
