import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.billing_alerts',
  may: {},
  row: { kind: `'drift'`, about: `'earlier'`, resolved_at: 'now()' },
} satisfies TenantTable;
