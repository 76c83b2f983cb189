import { type InvoiceLine, newId, refId, type Subscription, type SubscriptionItem } from './state';
import type { World } from './world';

type LineFacts = {
  amount: number;
  period: { start: number; end: number };
  description: string;
  /** A part of a period, added or given back when a subscription changes within it. */
  proration?: boolean;
};

/** The name under which invoices show what was bought. */
const productName = (world: World, { price }: SubscriptionItem) =>
  world.state.product[refId(price.product)]?.name ?? price.nickname ?? 'Subscription';

/** A line for a stretch of time of one item of a subscription. */
export function lineFor(world: World, { id, currency }: Subscription, item: SubscriptionItem, facts: LineFacts): InvoiceLine {
  const proration = facts.proration ?? false;
  return {
    id: newId('il'),
    object: 'line_item',
    amount: facts.amount,
    currency,
    description: `${facts.description} ${productName(world, item)}`.trim(),
    discount_amounts: [],
    // What is added or given back within a period is reckoned with the discounts that it has.
    discountable: facts.amount > 0 && !proration,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration,
        proration_details: { credited_items: null },
        subscription: id,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    period: facts.period,
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: item.price.id, product: refId(item.price.product) },
      type: 'price_details',
      unit_amount_decimal: item.price.unit_amount_decimal,
    },
    quantity: item.quantity ?? 1,
    quantity_decimal: String(item.quantity ?? 1),
    subscription: id,
    subtotal: facts.amount,
    taxes: [],
  };
}

/** What one period of an item costs, in minor units. */
export const itemAmount = ({ price, quantity }: SubscriptionItem) => (price.unit_amount ?? 0) * (quantity ?? 1);

/** The lines of a whole period. */
export const periodLines = (world: World, subscription: Subscription): InvoiceLine[] =>
  subscription.items.data.map((item) =>
    lineFor(world, subscription, item, {
      amount: itemAmount(item),
      period: { start: item.current_period_start, end: item.current_period_end },
      description: `${item.quantity ?? 1} ×`,
    }),
  );
