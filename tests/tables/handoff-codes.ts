import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.handoff_codes',
  may: {},
  acrossClinics: { 'private.handoff_codes_pkey': 'the hash of 256 random bits' },
} satisfies TenantTable;
