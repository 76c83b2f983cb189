import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.billing_notices',
  may: {},
  row: { kind: `'trial_ending'`, about: 'now()' },
} satisfies TenantTable;
