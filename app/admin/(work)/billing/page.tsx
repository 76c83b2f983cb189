import type { Metadata } from 'next';
import { BillingProblemLists } from '@/components/platform/billing-problems';
import { Card } from '@/components/ui/card';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadBillingProblems } from '@/lib/platform/loaders';

export const metadata: Metadata = { title: 'Billing' };

type Props = { searchParams: Promise<SearchParams> };

export default async function PlatformBillingPage({ searchParams }: Props) {
  const problems = await loadBillingProblems();
  const { saved } = await searchParams;
  const none = problems.alerts.length + problems.events.length + problems.jobs.length === 0;
  return (
    <>
      <PageHeader title="Billing" subtitle="What did not go by itself between Stripe and the clinics" />
      {saved === 'retried' && <SavedMessage>The event is worked on once more.</SavedMessage>}
      {saved === 'closed' && <SavedMessage>The alert is closed.</SavedMessage>}
      {none ? (
        <Card className="text-muted-foreground text-sm">Everything went by itself. There is nothing to look at.</Card>
      ) : (
        <BillingProblemLists problems={problems} />
      )}
    </>
  );
}
