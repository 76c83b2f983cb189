import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.tenant_logos',
  may: {},
  row: { image: `'\\x89504e47'::bytea || sha512(clinic.slug::bytea) || sha512(clinic.id::text::bytea)` },
} satisfies TenantTable;
