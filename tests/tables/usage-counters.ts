import { everybody } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.usage_counters',
  may: { select: everybody },
  opens: { everybody: ['select'] },
} satisfies TenantTable;
