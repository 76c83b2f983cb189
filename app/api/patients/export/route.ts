import { clinicHosts } from '@/lib/access/clinic-route';
import { authorizeUnderHold } from '@/lib/access/gate';
import { csvFile } from '@/lib/infra/answer';
import { defineRoute } from '@/lib/infra/define-route';
import { assertSameOrigin } from '@/lib/infra/request';
import { exportPatients } from '@/lib/patients/export';
import { patientExportSchema } from '@/lib/patients/schema';

/** The clinic's patients as a CSV file, under a hold as well. */
export const POST = defineRoute({
  name: 'export-patients',
  hosts: clinicHosts,
  schema: patientExportSchema,
  run: async ({ archived }, _request, facts) => {
    assertSameOrigin(facts);
    return csvFile('patients.csv', await exportPatients(await authorizeUnderHold(), archived));
  },
});
