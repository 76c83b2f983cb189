import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.audit_anchors',
  may: {},
} satisfies TenantTable;
