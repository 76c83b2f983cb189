import { clinicRoute } from '@/lib/access/clinic-route';
import { exportAudit } from '@/lib/audit/export';
import { auditExportSchema } from '@/lib/audit/schema';
import { csvFile } from '@/lib/infra/answer';

/** The clinic's log as a CSV file. */
export const POST = clinicRoute('export-log', 'audit.read', auditExportSchema, async ({ db }, filter) =>
  csvFile('activity.csv', await exportAudit(db, filter)),
);
