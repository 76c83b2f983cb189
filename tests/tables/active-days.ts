import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.active_days',
  may: {},
  row: { day: 'current_date - 400', user_id: 'clinic.owner' },
} satisfies TenantTable;
