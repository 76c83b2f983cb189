import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import type { AuditEntry } from '@/lib/audit/schema';
import { formatMoment } from '@/lib/time/format';

/** Who opened the record last, this time included. */
export function RecordOpenings({ patient, openings, timeZone }: { patient: string; openings: AuditEntry[]; timeZone: string }) {
  return (
    <Card>
      <h2 className="font-semibold">Who has opened this record</h2>
      <p className="mt-1 text-muted-foreground text-sm">The last ten times, this one included.</p>
      <ul className="mt-4 flex flex-col gap-2 text-sm">
        {openings.map(({ id, actor, occurred_at }) => (
          <li key={id} className="flex justify-between gap-4">
            <span className="wrap-anywhere min-w-0">{actor ?? 'Somebody who has left'}</span>
            <span className="shrink-0 text-muted-foreground tabular-nums">{formatMoment(occurred_at, timeZone)}</span>
          </li>
        ))}
      </ul>
      <Link href={`/activity?record=${patient}`} className="mt-4 inline-block text-primary text-sm underline-offset-4 hover:underline">
        Everything about this record
      </Link>
    </Card>
  );
}
