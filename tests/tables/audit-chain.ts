import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.audit_chain',
  may: {},
} satisfies TenantTable;
