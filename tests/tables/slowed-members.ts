import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.slowed_members',
  may: {},
  row: { user_id: 'clinic.owner', until: `now() - interval '1 day'` },
} satisfies TenantTable;
