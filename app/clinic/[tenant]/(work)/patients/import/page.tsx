import type { Metadata } from 'next';
import { Feature } from '@/components/billing/feature';
import { ImportStart } from '@/components/patients/import/import-start';
import { RecentImports } from '@/components/patients/import/recent-imports';
import { PageHeader } from '@/components/ui/page-header';
import { loadImports } from '@/lib/patients/import-loaders';

export const metadata: Metadata = { title: 'Import patients' };

export default async function ImportPage() {
  const { facts, imports } = await loadImports();
  return (
    <>
      <PageHeader title="Import patients" subtitle="Bring the patients of another system, or change many at once." />
      <div className="flex max-w-3xl flex-col gap-6">
        <Feature feature="import" facts={facts}>
          <ImportStart />
        </Feature>
        <RecentImports imports={imports} timeZone={facts.clinic.time_zone} />
      </div>
    </>
  );
}
