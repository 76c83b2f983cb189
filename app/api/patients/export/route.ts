import { NextResponse } from 'next/server';
import { authorizeUnderHold } from '@/lib/access/gate';
import { defineRoute } from '@/lib/infra/define-route';
import { assertSameOrigin } from '@/lib/infra/request';
import { exportPatients } from '@/lib/patients/export';
import { patientExportSchema } from '@/lib/patients/schema';

/** The clinic's patients as a CSV file. */
export const POST = defineRoute({
  name: 'export-patients',
  hosts: ['clinic', 'custom'],
  schema: patientExportSchema,
  run: async ({ archived }, _request, facts) => {
    assertSameOrigin(facts);
    const file = await exportPatients(await authorizeUnderHold(), archived);
    return new NextResponse(file, {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="patients.csv"',
        'cache-control': 'private, no-store',
      },
    });
  },
});
