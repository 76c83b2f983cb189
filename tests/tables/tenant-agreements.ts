import { roleKeys } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.tenant_agreements',
  may: { select: roleKeys },
  opens: { 'settings.read': ['select'] },
} satisfies TenantTable;
