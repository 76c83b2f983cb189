import type { Metadata } from 'next';
import { Overview } from '@/components/platform/overview';
import { PageHeader } from '@/components/ui/page-header';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadTotals } from '@/lib/platform/loaders';

export const metadata: Metadata = { title: 'Overview' };

type Props = { searchParams: Promise<SearchParams> };

export default async function OverviewPage({ searchParams }: Props) {
  const { totals, period } = await loadTotals(await searchParams);
  return (
    <>
      <PageHeader title="Overview" />
      <Overview totals={totals} period={period} />
    </>
  );
}
