import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { formatNumber } from '@/lib/infra/numbers';
import type { PatientImport } from '@/lib/patients/import-queries';
import { formatMoment } from '@/lib/time/format';

function outcome(row: PatientImport): string {
  switch (row.status) {
    case 'uploading':
      return 'Not sent to the end. Choose the file again.';
    case 'checking':
      return 'Being checked';
    case 'checked':
      return 'Waits for your decision';
    case 'importing':
      return 'Being imported';
    case 'done':
      return `${formatNumber(row.rows_added)} added, ${formatNumber(row.rows_updated)} updated`;
    case 'discarded':
      return 'Nothing imported';
    case 'failed':
      return row.problem === 'quota_exceeded' ? 'Nothing imported: the plan’s limit was reached' : 'Nothing imported: a fault of ours';
  }
}

/** The clinic's latest imports and what became of them. */
export function RecentImports({ imports, timeZone }: { imports: PatientImport[]; timeZone: string }) {
  if (imports.length === 0) return null;
  return (
    <Card className="flex flex-col gap-3">
      <h2 className="font-semibold">Latest imports</h2>
      <ul className="divide-y">
        {imports.map((row) => (
          <li key={row.id} className="py-2.5 first:pt-0 last:pb-0">
            <p className="truncate font-medium text-sm">
              {row.status === 'uploading' ? (
                row.file_name
              ) : (
                <Link href={`/patients/import/${row.id}`} className="underline-offset-4 hover:underline">
                  {row.file_name}
                </Link>
              )}
            </p>
            <p className="text-muted-foreground text-sm">
              {formatMoment(row.created_at, timeZone)} · {outcome(row)}
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
