import { patientReaders } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'private.patient_words',
  may: { select: patientReaders },
  opens: { 'patients.read': ['select'] },
} satisfies TenantTable;
