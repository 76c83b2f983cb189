import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.patient_import_rows',
  may: {},
  needs: ['public.patient_imports'],
  row: {
    import_id: `(select id from public.patient_imports where tenant_id = clinic.id and status = 'discarded')`,
    line: '2',
    cells: `'["Row", "Staged", "1980-05-12"]'`,
  },
} satisfies TenantTable;
