import { NextResponse } from 'next/server';
import { authorizeClinic } from '@/lib/access/gate';
import { exportAudit } from '@/lib/audit/export';
import { auditExportSchema } from '@/lib/audit/schema';
import { defineRoute } from '@/lib/infra/define-route';
import { assertSameOrigin } from '@/lib/infra/request';

/** The clinic's log as a CSV file. */
export const POST = defineRoute({
  name: 'export-log',
  hosts: ['clinic', 'custom'],
  schema: auditExportSchema,
  run: async (filter, _request, facts) => {
    assertSameOrigin(facts);
    const { db } = await authorizeClinic();
    return new NextResponse(await exportAudit(db, filter), {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="activity.csv"',
        'cache-control': 'private, no-store',
      },
    });
  },
});
