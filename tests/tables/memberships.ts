import { roleKeys } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.memberships',
  may: { select: roleKeys },
  opens: { 'team.read': ['select'] },
} satisfies TenantTable;
