import { administrators } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.patient_imports',
  may: { select: administrators },
  opens: { 'patients.import': ['select'] },
  row: {
    created_by: 'clinic.owner',
    file_name: `clinic.slug || '.csv'`,
    fields: `array['given_name', 'family_name', 'birth_date']`,
    date_order: `'ymd'`,
    status: `'discarded'`,
    rows_new: '1',
  },
  more: { uploading: { status: `'uploading'` }, checked: { status: `'checked'` } },
} satisfies TenantTable;
