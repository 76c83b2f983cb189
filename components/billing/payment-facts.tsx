import { Facts } from '@/components/ui/facts';
import { formatPrice } from '@/lib/billing/plans';
import type { Card, NextPayment } from '@/lib/billing/stripe-queries';
import { formatDay } from '@/lib/time/format';

type PaymentFactsProps = {
  facts: Promise<{ card: Card | null; owed: { amount: number; currency: string } | null; next: NextPayment | null } | null>;
  timeZone: string;
};

/** The card on file, what is owed and the next payment; null when Stripe could not be asked. */
export async function PaymentFacts({ facts, timeZone }: PaymentFactsProps) {
  const found = await facts;
  if (!found) return <p className="text-muted-foreground text-sm">The card and the next payment cannot be shown right now.</p>;
  const { card, owed, next } = found;
  return (
    <Facts
      rows={[
        owed
          ? ['Owed', formatPrice(owed.amount, owed.currency)]
          : ['Next payment', next ? `${formatPrice(next.amount, next.currency)} on ${formatDay(next.at, timeZone)}` : 'none'],
        [
          'Card',
          card ? `${card.brand.charAt(0).toUpperCase()}${card.brand.slice(1)} ending in ${card.last4}, until ${card.expires}` : 'none',
        ],
      ]}
    />
  );
}
