import { administrators } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.security_events',
  may: { select: administrators },
  opens: { 'audit.read': ['select'] },
  row: { rule: `'many_refusals'`, user_id: 'clinic.owner' },
} satisfies TenantTable;
