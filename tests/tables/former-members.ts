import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.former_members',
  may: {},
  row: { membership_id: 'gen_random_uuid()', user_id: 'clinic.owner' },
} satisfies TenantTable;
