'use client';

import { useServerAction } from '@/components/form/use-server-action';
import { WayOut } from '@/components/form/way-out';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { formatNumber } from '@/lib/infra/numbers';
import { decideImport } from '@/lib/patients/import-actions';
import type { PatientImport } from '@/lib/patients/import-queries';

type ImportDecisionProps = { found: PatientImport; usage: { used: number; limit: number | null } };

const rows = (count: number) => `${formatNumber(count)} ${count === 1 ? 'row' : 'rows'}`;

/** What the check found, and the one decision: the valid rows, or none. */
export function ImportDecision({ found, usage }: ImportDecisionProps) {
  const { submit, pending, problem } = useServerAction(decideImport);
  const valid = found.rows_new + found.rows_known;
  const room = usage.limit === null ? Number.POSITIVE_INFINITY : Math.max(usage.limit - usage.used, 0);
  const overLimit = found.rows_new > room;
  return (
    <Card className="flex flex-col gap-4">
      <h2 className="font-semibold">The file is checked, nothing is imported yet</h2>
      <dl className="grid gap-4 sm:grid-cols-3">
        {(
          [
            ['New patients', found.rows_new],
            ['Known, to update', found.rows_known],
            ['Refused', found.rows_refused],
          ] as const
        ).map(([label, count]) => (
          <div key={label} className="rounded-lg border px-4 py-3">
            <dt className="text-muted-foreground text-sm">{label}</dt>
            <dd className="mt-1 font-semibold text-2xl tabular-nums">{formatNumber(count)}</dd>
          </div>
        ))}
      </dl>
      {overLimit && usage.limit !== null && (
        <Alert kind="error">
          Your plan holds {formatNumber(usage.limit)} active patients and {formatNumber(usage.used)} are in use: there is room for{' '}
          {formatNumber(room)}, and this file has {formatNumber(found.rows_new)} new ones. Archive patients or choose a larger plan, then
          import the file again.
          <WayOut code="quota_exceeded" />
        </Alert>
      )}
      {valid === 0 && <Alert kind="error">No row can be imported. Mend the file and choose it again.</Alert>}
      {problem && <Alert kind="error">{problem}</Alert>}
      <div className="flex flex-wrap gap-3">
        {valid > 0 && !overLimit && (
          <Button disabled={pending} onClick={() => submit({ importId: found.id, accept: true })}>
            Import {rows(valid)}
          </Button>
        )}
        <Button variant="outline" disabled={pending} onClick={() => submit({ importId: found.id, accept: false })}>
          Import nothing
        </Button>
      </div>
    </Card>
  );
}
