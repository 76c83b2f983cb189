import 'server-only';
import { beside, requirePermission } from '@/lib/access/gate';
import type { WorkingFacts } from '@/lib/access/schema';
import { type AuditPage, listAlerts, listAudit, listAuditFilters } from './queries';
import { type AlertList, type AuditFilters, type AuditQuery, auditQuerySchema } from './schema';

type Parameters = Record<string, string | string[] | undefined>;

/** The page of the log that an address names. */
export async function loadAudit(
  parameters: Parameters,
): Promise<{ facts: WorkingFacts; query: AuditQuery; page: AuditPage; filters: AuditFilters }> {
  const query = auditQuerySchema.parse(
    Object.fromEntries(Object.keys(auditQuerySchema.shape).map((key) => [key, parameters[key] ?? null])),
  );
  const [{ facts }, [page, filters]] = await beside(requirePermission('audit.read'), (caller) =>
    Promise.all([listAudit(caller, query), listAuditFilters(caller)]),
  );
  return { facts, query, page, filters };
}

/** The clinic's security alerts. */
export async function loadAlerts(): Promise<{ facts: WorkingFacts; alerts: AlertList }> {
  const [{ facts }, alerts] = await beside(requirePermission('audit.read'), listAlerts);
  return { facts, alerts };
}
