import type { AuditEntry } from '@/lib/platform/schema';
import { formatMoment } from './format';

/** Entries of a clinic's log; the names of changed fields, never their values. */
export function AuditTable({ entries }: { entries: AuditEntry[] }) {
  return (
    <ul className="overflow-hidden rounded-xl border bg-card text-sm shadow-xs">
      {entries.map((entry) => (
        <li
          key={entry.id}
          className="grid gap-x-6 gap-y-1 border-b px-4 py-3 last:border-0 sm:grid-cols-[13rem_minmax(0,1fr)_minmax(0,1fr)]"
        >
          <p className="text-muted-foreground tabular-nums">{formatMoment(entry.occurred_at)}</p>
          <div className="min-w-0">
            <p className="break-words font-medium">
              {entry.action}
              {entry.outcome !== 'done' && ` (${entry.outcome})`}
            </p>
            {entry.changed_fields.length > 0 && <p className="break-words text-muted-foreground">{entry.changed_fields.join(', ')}</p>}
          </div>
          <p className="min-w-0 break-all">
            {entry.actor ?? 'The system'}
            {entry.by_platform && ' (platform)'}
          </p>
        </li>
      ))}
    </ul>
  );
}
