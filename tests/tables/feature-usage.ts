import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.feature_usage',
  may: {},
  row: { feature: `'export'`, day: 'current_date - 400', uses: '1' },
} satisfies TenantTable;
