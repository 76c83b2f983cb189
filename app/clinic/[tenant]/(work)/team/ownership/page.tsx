import type { Metadata } from 'next';
import { PageHeader } from '@/components/layout/page-header';
import { OwnershipOfferCard } from '@/components/team/ownership-offer';
import { Card } from '@/components/ui/card';
import { loadOwnershipOffer } from '@/lib/team/loaders';

export const metadata: Metadata = { title: 'Ownership' };

export default async function OwnershipPage() {
  const { facts, offer } = await loadOwnershipOffer();
  return (
    <>
      <PageHeader title="Ownership" subtitle={facts.clinic.name} />
      <div className="max-w-2xl">
        {offer ? (
          <OwnershipOfferCard offer={offer} clinic={facts.clinic.name} timeZone={facts.clinic.time_zone} />
        ) : (
          <Card>
            <p>No offer is open. It may have been taken back, declined, or have run out.</p>
          </Card>
        )}
      </div>
    </>
  );
}
