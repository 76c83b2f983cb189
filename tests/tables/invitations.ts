import { roleKeys } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.invitations',
  may: { select: roleKeys },
  opens: { 'team.read': ['select'] },
  row: {
    email: `'invited@' || clinic.slug || '.test'`,
    role_id: `(select id from public.roles where tenant_id = clinic.id and key = 'staff')`,
    invited_by: 'clinic.owner',
  },
} satisfies TenantTable;
