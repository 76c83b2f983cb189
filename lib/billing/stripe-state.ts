import type Stripe from 'stripe';

/** What the database keeps of a subscription; times as ISO 8601. */
export type SubscriptionFacts = {
  id: string;
  status: Stripe.Subscription.Status;
  price: string;
  period_start: string;
  period_end: string;
  trial_end: string | null;
  /** When it ends because it was cancelled. */
  ends_at: string | null;
  /** Since when a payment is owed whose collection has failed. */
  past_due_since: string | null;
  next: { price: string; starts_at: string } | null;
};

// One is paused by hand alone, at Stripe; it goes on giving what it gave.
const liveStatuses: Stripe.Subscription.Status[] = ['trialing', 'active', 'past_due', 'unpaid', 'paused'];
/** Whether a subscription gives its clinic something. */
export const isLive = ({ status }: Stripe.Subscription) => liveStatuses.includes(status);

export const idOf = (reference: string | { id: string } | null | undefined): string | null =>
  typeof reference === 'string' ? reference : (reference?.id ?? null);

const time = (seconds: number) => new Date(seconds * 1000).toISOString();
const timeOrNull = (seconds: number | null | undefined) => (seconds ? time(seconds) : null);

/**
 * The subscription that counts: a live one, the one known already before others, else the last that was live.
 * @param all of a customer, as Stripe lists them, the newest first
 * @param known id of the one that counted so far
 * @returns it, and every other live one: somebody would pay twice
 */
export function chooseSubscription(all: Stripe.Subscription[], known: string | null) {
  const live = all.filter(isLive);
  const begun = all.filter(({ status }) => status !== 'incomplete' && status !== 'incomplete_expired');
  const preferred = (list: Stripe.Subscription[]) => list.find(({ id }) => id === known) ?? list[0];
  const chosen = preferred(live) ?? preferred(begun);
  return { chosen: chosen ?? null, others: live.filter((one) => one !== chosen) };
}

/** When a customer began to pay for the first time, past a trial; null before. */
export function convertedAt(all: Stripe.Subscription[]): string | null {
  const paid = all.filter(
    ({ status, trial_end, ended_at }) =>
      ['active', 'past_due', 'unpaid', 'paused'].includes(status) ||
      (status === 'canceled' && (trial_end === null || (ended_at ?? 0) > trial_end)),
  );
  return paid.length > 0 ? time(Math.min(...paid.map(({ trial_end, start_date }) => trial_end ?? start_date))) : null;
}

function nextOf({ schedule, items }: Stripe.Subscription): SubscriptionFacts['next'] {
  if (!schedule || typeof schedule === 'string' || schedule.status !== 'active') return null;
  const phase = schedule.phases.find(({ start_date }) => start_date === schedule.current_phase?.end_date);
  const price = idOf(phase?.items[0]?.price);
  if (!phase || !price || price === items.data[0]?.price.id) return null;
  return { price, starts_at: time(phase.start_date) };
}

/** The open invoices whose collection has failed. A change that was not paid has not happened: nothing is owed for it. */
export const owedOf = (open: Stripe.Invoice[]) =>
  open.filter(({ attempted, billing_reason }) => attempted && billing_reason !== 'subscription_update');

/** Since when the oldest of them is owed. https://docs.stripe.com/billing/invoices/overview#invoice-statuses */
function failingSince(invoices: Stripe.Invoice[]): string | null {
  const failed = owedOf(invoices).map(({ status_transitions, created }) => status_transitions.finalized_at ?? created);
  return failed.length > 0 ? time(Math.min(...failed)) : null;
}

/**
 * Reads what counts from a subscription.
 * @param subscription with its schedule expanded
 * @param openInvoices of its customer
 */
export function describeSubscription(subscription: Stripe.Subscription, openInvoices: Stripe.Invoice[]): SubscriptionFacts {
  const { id, status, items, trial_end, cancel_at, ended_at } = subscription;
  const [item, ...more] = items.data;
  if (!item) throw new Error(`subscription ${id} has no items`);
  return {
    id,
    status,
    // We sell one plan at a time: what somebody put together by hand is none of ours.
    price: more.length > 0 ? `${items.data.length} items` : item.price.id,
    period_start: time(item.current_period_start),
    period_end: time(item.current_period_end),
    trial_end: timeOrNull(trial_end),
    ends_at: timeOrNull(ended_at ?? cancel_at ?? (subscription.cancel_at_period_end ? item.current_period_end : null)),
    past_due_since: failingSince(openInvoices),
    next: isLive(subscription) ? nextOf(subscription) : null,
  };
}
