import 'server-only';
import type { Caller, Scope } from '@/lib/access/gate';
import { type Db, unwrap } from '@/lib/infra/supabase';
import {
  type AlertList,
  type AuditEntry,
  type AuditFilters,
  type AuditQuery,
  alertList,
  auditAnswer,
  auditFilters,
  type Verification,
  verification,
} from './schema';

/** One page of the log; `before` and `after` are the cursors of the older and the newer page, where there are any. */
export type AuditPage = { rows: AuditEntry[]; before: number | null; after: number | null };

const pageSize = 50;
/** Entries of a portion of a file. */
export const portionRows = 1000;

function filterOf({ person, action, record, from, to }: Omit<AuditQuery, 'before' | 'after'>) {
  return {
    ...(person && { p_actor: person }),
    ...(action && { p_action: action }),
    ...(record && { p_record: record }),
    ...(from && { p_from: from }),
    ...(to && { p_to: to }),
  };
}

/** Lists the clinic's log in keyset pages, the newest entries first. */
export async function listAudit({ db }: Caller, query: AuditQuery): Promise<AuditPage> {
  const backwards = query.after !== null;
  const cursor = query.after ?? query.before;
  const { rows, has_more } = auditAnswer.parse(
    unwrap(
      await db.rpc('list_audit', {
        ...filterOf(query),
        ...(cursor !== null && { p_cursor: cursor }),
        p_backwards: backwards,
        p_limit: pageSize,
      }),
    ),
  );
  return {
    rows,
    before: backwards || has_more ? (rows.at(-1)?.id ?? null) : null,
    after: (backwards ? has_more : query.before !== null) ? (rows[0]?.id ?? null) : null,
  };
}

/** A portion of entries older than a cursor, for a file. */
export async function listAuditPortion(db: Db, filter: Omit<AuditQuery, 'before' | 'after'>, before: number | null): Promise<AuditEntry[]> {
  return auditAnswer.parse(
    unwrap(await db.rpc('list_audit', { ...filterOf(filter), ...(before !== null && { p_cursor: before }), p_limit: portionRows })),
  ).rows;
}

/** By whom and by what the clinic's log can be filtered. */
export async function listAuditFilters({ db }: Caller): Promise<AuditFilters> {
  return auditFilters.parse(unwrap(await db.rpc('audit_filters')));
}

/** The ten last openings of a patient's record, the newest first. */
export async function listOpenings(scope: Scope, patient: string): Promise<AuditEntry[]> {
  return auditAnswer.parse(
    unwrap(await scope.db.rpc('list_audit', { p_record: patient, p_action: 'patients.opened', p_outcome: 'done', p_limit: 10 })),
  ).rows;
}

/** Verifies the stretch of the clinic's chain after a position that is verified already, or 0. */
export async function verifyStretch(scope: Scope, after: number): Promise<Verification> {
  return verification.parse(unwrap(await scope.db.rpc('verify_audit', { p_after: after })));
}

/** The clinic's security alerts, at most 200, the open ones first. */
export async function listAlerts({ db }: Caller): Promise<AlertList> {
  return alertList.parse(unwrap(await db.rpc('list_alerts')));
}
