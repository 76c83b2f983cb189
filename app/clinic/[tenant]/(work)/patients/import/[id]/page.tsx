import type { Metadata } from 'next';
import { ImportDecision } from '@/components/patients/import/import-decision';
import { ImportOutcome } from '@/components/patients/import/import-outcome';
import { ImportProblems } from '@/components/patients/import/import-problems';
import { ImportState } from '@/components/patients/import/import-state';
import { PageHeader } from '@/components/ui/page-header';
import { loadImport } from '@/lib/patients/import-loaders';

export const metadata: Metadata = { title: 'Import patients' };

export default async function ImportStatePage({ params }: { params: Promise<{ id: string }> }) {
  const { facts, found, problems } = await loadImport((await params).id);
  const working = found.status === 'checking' || found.status === 'importing';
  return (
    <>
      <PageHeader title="Import patients" subtitle={found.file_name} />
      <div className="flex max-w-3xl flex-col gap-6">
        {working && <ImportState key={found.status} initial={found} />}
        {found.status === 'checked' && <ImportDecision found={found} usage={facts.usage.patients} />}
        {!working && found.status !== 'checked' && <ImportOutcome found={found} />}
        {problems.length > 0 && <ImportProblems found={found} problems={problems} />}
      </div>
    </>
  );
}
