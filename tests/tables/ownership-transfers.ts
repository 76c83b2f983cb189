import { roleKeys } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.ownership_transfers',
  may: { select: roleKeys },
  opens: { 'team.read': ['select'] },
  row: {
    from_membership: '(select id from public.memberships where tenant_id = clinic.id and user_id = clinic.owner)',
    to_membership: '(select id from public.memberships where tenant_id = clinic.id and user_id = clinic.owner)',
    expires_at: `now() - interval '1 day'`,
  },
} satisfies TenantTable;
