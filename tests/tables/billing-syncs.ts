import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.billing_syncs',
  may: {},
  row: {},
} satisfies TenantTable;
