import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.stripe_events',
  may: {},
  row: { id: `'evt_of_' || clinic.slug`, type: `'invoice.paid'`, created_at: 'now()', state: `'applied'` },
  acrossClinics: { 'private.stripe_events_pkey': 'Stripe’s own id, which no member sets' },
} satisfies TenantTable;
