import { billingReaders } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.limit_overrides',
  may: { select: billingReaders },
  opens: { 'billing.read': ['select'] },
  row: { metric: `'calls'`, max_value: '7', reason: `'as agreed'` },
} satisfies TenantTable;
