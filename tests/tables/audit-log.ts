import { administrators } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.audit_log',
  may: { select: administrators },
  opens: { 'audit.read': ['select'] },
} satisfies TenantTable;
