import type { Metadata } from 'next';
import { ClinicFilters } from '@/components/platform/clinic-filters';
import { ClinicPager } from '@/components/platform/clinic-pager';
import { ClinicTable } from '@/components/platform/clinic-table';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';
import { loadPlans } from '@/lib/billing/loaders';
import { formatNumber } from '@/lib/infra/numbers';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadClinics } from '@/lib/platform/loaders';

export const metadata: Metadata = { title: 'Clinics' };

type Props = { searchParams: Promise<SearchParams> };

export default async function ClinicsPage({ searchParams }: Props) {
  const { query, page } = await loadClinics(await searchParams);
  const found = `${formatNumber(page.total)} ${page.total === 1 ? 'clinic' : 'clinics'}`;
  return (
    <>
      <PageHeader title="Clinics" subtitle={found} />
      <ClinicFilters query={query} plans={await loadPlans()} />
      {page.rows.length === 0 ? (
        <Card className="flex flex-col items-start gap-3">
          <p>No clinic matches this.</p>
          <Link href="/clinics" className="font-medium text-primary text-sm underline-offset-4 hover:underline">
            Show all clinics
          </Link>
        </Card>
      ) : (
        <ClinicTable rows={page.rows} />
      )}
      <ClinicPager query={query} pages={page.pages} />
    </>
  );
}
