import { roleKeys } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.tenant_domains',
  may: { select: roleKeys },
  opens: { 'settings.read': ['select'] },
  row: { host: `'crm.' || clinic.slug || '-health.test'`, verified_at: 'now()' },
  acrossClinics: {
    'public.tenant_domains_verified_host_key': 'a host leads to one clinic, and only who proves it in DNS gets that far',
  },
} satisfies TenantTable;
