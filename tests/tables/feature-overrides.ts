import { billingReaders } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.feature_overrides',
  may: { select: billingReaders },
  opens: { 'billing.read': ['select'] },
  row: { feature: `'sso'`, granted: 'true', reason: `'as agreed'` },
} satisfies TenantTable;
