import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { Link } from '@/components/ui/link';
import { formatNumber } from '@/lib/infra/numbers';
import type { PatientImport } from '@/lib/patients/import-queries';

const patients = (count: number) => `${formatNumber(count)} ${count === 1 ? 'patient' : 'patients'}`;

function sentence(found: PatientImport): string {
  if (found.status === 'done') {
    const unchanged = found.rows_new + found.rows_known - found.rows_added - found.rows_updated;
    const kept = unchanged > 0 ? ` ${patients(unchanged)} had nothing to change.` : '';
    return `${patients(found.rows_added)} added, ${patients(found.rows_updated)} updated.${kept}`;
  }
  if (found.status === 'failed' && found.problem === 'quota_exceeded') {
    return 'Your plan’s limit of active patients was reached in the meantime. Nothing was imported.';
  }
  return found.status === 'failed' ? 'Something went wrong on our side. Nothing was imported; please try again.' : 'Nothing was imported.';
}

/** How an import ended. */
export function ImportOutcome({ found }: { found: PatientImport }) {
  return (
    <>
      <Alert kind={found.status === 'done' ? 'success' : found.status === 'failed' ? 'error' : 'notice'}>{sentence(found)}</Alert>
      <div className="flex flex-wrap gap-3">
        <Button asChild>
          <Link href="/patients">Go to patients</Link>
        </Button>
        <Button asChild variant="outline">
          <Link href="/patients/import">Import another file</Link>
        </Button>
      </div>
    </>
  );
}
