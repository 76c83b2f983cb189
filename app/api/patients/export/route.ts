import { clinicHostRoute } from '@/lib/access/clinic-route';
import { authorizeUnderHold } from '@/lib/access/gate';
import { csvFile } from '@/lib/infra/answer';
import { exportPatients } from '@/lib/patients/export';
import { patientExportSchema } from '@/lib/patients/schema';

/** The clinic's patients as a CSV file, under a hold as well. */
export const POST = clinicHostRoute('export-patients', patientExportSchema, async ({ archived }) =>
  csvFile('patients.csv', await exportPatients(await authorizeUnderHold(), archived)),
);
