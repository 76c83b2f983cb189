import 'server-only';
import { beside, requirePermission } from '@/lib/access/gate';
import type { WorkingFacts } from '@/lib/access/schema';
import type { SearchParams } from '@/lib/infra/search-params';
import { actionLabel } from './labels';
import { type AuditPage, listAlerts, listAudit, listAuditFilters } from './queries';
import { type AlertList, type AuditChoices, type AuditQuery, auditQuerySchema } from './schema';

/** The page of the log that an address names. */
export async function loadAudit(
  parameters: SearchParams,
): Promise<{ facts: WorkingFacts; query: AuditQuery; page: AuditPage; choices: AuditChoices }> {
  const query = auditQuerySchema.parse(
    Object.fromEntries(Object.keys(auditQuerySchema.shape).map((key) => [key, parameters[key] ?? null])),
  );
  const [{ facts }, [page, filters]] = await beside(requirePermission('audit.read'), (caller) =>
    Promise.all([listAudit(caller, query), listAuditFilters(caller)]),
  );
  const actions = [...new Set([...filters.actions, ...(query.action ? [query.action] : [])])]
    .map((action) => ({ action, label: actionLabel(action) }))
    .sort((one, other) => one.label.localeCompare(other.label, 'en'));
  return { facts, query, page, choices: { people: filters.people, actions } };
}

/** The clinic's security alerts. */
export async function loadAlerts(): Promise<{ facts: WorkingFacts; alerts: AlertList }> {
  const [{ facts }, alerts] = await beside(requirePermission('audit.read'), listAlerts);
  return { facts, alerts };
}
