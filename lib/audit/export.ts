import 'server-only';
import { csvStream, neutralise } from '@/lib/infra/csv';
import { type Db, unwrap } from '@/lib/infra/supabase';
import { actionLabel, reasonLabel } from './labels';
import { listAuditPortion, portionRows } from './queries';
import type { AuditEntry, AuditQuery } from './schema';

const columns: [heading: string, value: (entry: AuditEntry) => string | number | null][] = [
  ['Entry', ({ id }) => id],
  ['Time (UTC)', ({ occurred_at }) => new Date(occurred_at).toISOString()],
  ['Person', ({ actor, actor_kind }) => actor ?? actor_kind],
  ['Person id', ({ actor_id }) => actor_id],
  ['What', ({ action }) => actionLabel(action)],
  ['Action', ({ action }) => action],
  ['Outcome', ({ outcome }) => outcome],
  ['Reason', ({ reason }) => reason && reasonLabel(reason)],
  ['About', ({ member }) => member],
  ['Record id', ({ record_id }) => record_id],
  ['Fields', ({ changed_fields }) => changed_fields.join(' ')],
  ['Address', ({ address }) => address],
  ['Agent', ({ user_agent }) => user_agent],
  ['Request', ({ request_id }) => request_id],
];

/**
 * The entries of the clinic's log that match, the newest first, as a CSV file.
 * @throws {AppError} forbidden, not_in_plan, unverified
 */
export async function exportAudit(db: Db, filter: Omit<AuditQuery, 'before' | 'after'>): Promise<ReadableStream<Uint8Array>> {
  unwrap(await db.rpc('start_audit_export'));
  let before: number | null = null;
  return csvStream(
    columns.map(([heading]) => heading),
    async () => {
      const entries: AuditEntry[] = await listAuditPortion(db, filter, before);
      before = entries.at(-1)?.id ?? null;
      return {
        rows: entries.map((entry) => columns.map(([, value]) => neutralise(String(value(entry) ?? '')))),
        last: entries.length < portionRows,
      };
    },
  );
}
