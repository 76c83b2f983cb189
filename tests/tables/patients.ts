import { patientReaders } from '../support/members';
import type { TenantTable } from '../support/tenant-table';

export default {
  name: 'public.patients',
  may: { select: patientReaders, insert: patientReaders, update: patientReaders },
  opens: { 'patients.read': ['select'], 'patients.create': ['insert'] },
  columns: [
    ...['given_name', 'family_name', 'birth_date', 'sex', 'mobile_phone', 'home_phone', 'email', 'external_id', 'remarks', 'archived_at'],
    ...['address_line1', 'address_line2', 'city', 'region', 'postal_code', 'country', 'consent_email', 'consent_sms', 'consent_phone'],
  ],
  change: `given_name = 'Changed'`,
  conflict: 'tenant_id, external_id',
  row: { given_name: `'Pat'`, family_name: `clinic.slug || '-patient'`, birth_date: `'1980-05-12'` },
} satisfies TenantTable;
