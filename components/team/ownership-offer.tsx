'use client';

import { ConfirmButton } from '@/components/form/confirm-button';
import { Card } from '@/components/ui/card';
import { acceptOwnership, endOwnershipOffer } from '@/lib/team/actions';
import type { OwnershipOffer } from '@/lib/team/schema';
import { formatDay } from '@/lib/time/format';

type OwnershipOfferCardProps = { offer: OwnershipOffer; clinic: string; timeZone: string };

/** An open offer of ownership, for the person it is made to and for owners. */
export function OwnershipOfferCard({ offer, clinic, timeZone }: OwnershipOfferCardProps) {
  const until = formatDay(offer.expires_at, timeZone);
  if (!offer.to_me) {
    return (
      <Card className="mb-6 flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <p className="min-w-0 wrap-anywhere text-sm">
          {offer.from} offers the clinic to {offer.to}, until {until}.
        </p>
        <ConfirmButton
          label="Take the offer back"
          title="Take the offer back?"
          confirm="Take it back"
          action={endOwnershipOffer}
          input={{}}
        >
          <p>{offer.to} can then no longer become owner by it.</p>
        </ConfirmButton>
      </Card>
    );
  }
  return (
    <Card className="mb-6 flex flex-col gap-4">
      <div>
        <h2 className="font-semibold">
          {offer.from} offers {clinic} to you
        </h2>
        <p className="mt-1 text-muted-foreground text-sm">
          As its owner you run the plan, the people and the data. {offer.from} becomes administrator. The offer holds until {until}.
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <ConfirmButton
          label="Become the owner"
          title={`Become the owner of ${clinic}?`}
          confirm="Become the owner"
          action={acceptOwnership}
          input={{}}
          variant="primary"
        >
          <p>From then on the plan, its payment and every right in the clinic are yours.</p>
        </ConfirmButton>
        <ConfirmButton label="Decline" title="Decline the offer?" confirm="Decline" action={endOwnershipOffer} input={{}}>
          <p>Nothing changes, and {offer.from} stays the owner.</p>
        </ConfirmButton>
      </div>
    </Card>
  );
}
