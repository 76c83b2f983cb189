import { roleKeys } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.role_permissions',
  may: { select: roleKeys },
  opens: { 'roles.read': ['select'] },
} satisfies TenantTable;
