import { accountRunners } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.tenant_holds',
  may: { select: accountRunners },
  opens: { 'billing.update': ['select'] },
  row: { kind: `'admin'`, reason: `'an earlier hold'`, lifted_at: 'now()' },
} satisfies TenantTable;
