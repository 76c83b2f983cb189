import type { Metadata } from 'next';
import { OwnershipOfferCard } from '@/components/team/ownership-offer';
import { Card } from '@/components/ui/card';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadOwnershipOffer } from '@/lib/team/loaders';

export const metadata: Metadata = { title: 'Ownership' };

type Props = { searchParams: Promise<SearchParams> };

export default async function OwnershipPage({ searchParams }: Props) {
  const { saved } = await searchParams;
  const { facts, offer } = await loadOwnershipOffer();
  return (
    <>
      {saved === 'ended' && <SavedMessage>The offer is ended. Nothing has changed.</SavedMessage>}
      <PageHeader title="Ownership" subtitle={facts.clinic.name} />
      <div className="max-w-2xl">
        {offer ? (
          <OwnershipOfferCard offer={offer} clinic={facts.clinic.name} timeZone={facts.clinic.time_zone} />
        ) : (
          <Card>
            <p>No offer is open for you.</p>
          </Card>
        )}
      </div>
    </>
  );
}
