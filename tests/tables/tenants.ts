import { administrators, everybody } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.tenants',
  may: { select: everybody, update: administrators },
  opens: { everybody: ['select'], 'settings.update': ['update'] },
  columns: ['name', 'time_zone', 'currency', 'locale'],
  change: `locale = 'fr'`,
} satisfies TenantTable;
