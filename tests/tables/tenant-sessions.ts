import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.tenant_sessions',
  may: {},
  acrossClinics: { 'private.tenant_sessions_pkey': 'Auth’s own id of a session, which no member sets' },
} satisfies TenantTable;
