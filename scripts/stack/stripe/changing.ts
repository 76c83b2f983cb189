import { hour, periodEnd } from './calendar';
import { discountsAt, draftInvoice, finalize, takeWaiting, voidInvoice } from './invoicing';
import { itemAmount, lineFor } from './lines';
import { collect, paymentProblem } from './payments';
import { missing, StripeProblem } from './problem';
import { type Invoice, type InvoiceLine, type Price, refId, type Subscription, type SubscriptionItem } from './state';
import { collectFor, newItem, recurrenceOf } from './subscribing';
import { change, emit, type World } from './world';

export type ItemChange = { id?: string; price?: Price; quantity?: number };
type Behavior = 'always_invoice' | 'create_prorations' | 'none';
export type ChangeOptions = {
  proration_behavior: Behavior;
  /** The moment from which the change counts, in Unix seconds. */
  proration_date: number;
  payment_behavior?: 'allow_incomplete' | 'error_if_incomplete' | 'pending_if_incomplete';
};

/** A copy of everything, on which can be tried what something would do. */
export const shadowOf = (world: World): World => ({ ...world, state: structuredClone(world.state), listening: false });

/** What is given back for a stretch of time that was paid already: as much of it as lies ahead, whatever coupons had made of the price. */
function credit(world: World, item: SubscriptionItem, { start, end }: { start: number; end: number }): number {
  const { invoice, pendingLines } = world.state;
  const billed = Object.values(invoice).flatMap(({ lines, status }) => (status === 'void' ? [] : lines.data));
  const line = [...billed, ...pendingLines].findLast(
    ({ pricing, parent, period, amount }) =>
      refId(pricing?.price_details?.price) === item.price.id &&
      parent?.subscription_item_details?.subscription_item === item.id &&
      period.start <= start &&
      period.end > start &&
      amount >= 0,
  );
  if (!line) return -Math.round((itemAmount(item) * (end - start)) / (item.current_period_end - item.current_period_start));
  const paid = line.amount - (line.discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);
  return -Math.round((paid * (end - start)) / (line.period.end - line.period.start));
}

/** What is left of a price after the shares that coupons take off. */
const afterShares = (world: World, subscription: Subscription, at: number) =>
  discountsAt(world, subscription, at).reduce(
    (left, { source }) => left * (1 - (world.state.coupon[refId(source.coupon)]?.percent_off ?? 0) / 100),
    1,
  );

type Plan = { items: SubscriptionItem[]; anchor: number; lines: InvoiceLine[]; atOnce: boolean };

/**
 * What a change of items comes to: the items after it, and the lines that settle the period they are in.
 * https://docs.stripe.com/billing/subscriptions/prorations
 */
function planChange(
  world: World,
  subscription: Subscription,
  changes: ItemChange[],
  { proration_behavior, proration_date }: ChangeOptions,
  at: number,
): Plan {
  const plan: Plan = {
    items: structuredClone(subscription.items.data),
    anchor: subscription.billing_cycle_anchor,
    lines: [],
    atOnce: false,
  };
  for (const wanted of changes) {
    const place = plan.items.findIndex(({ id }) => id === wanted.id);
    const old = plan.items[place];
    if (!old) throw missing('subscription item', wanted.id ?? '', 'items[0][id]');
    const price = wanted.price ?? old.price;
    const quantity = wanted.quantity ?? old.quantity ?? 1;
    const [before, after] = [recurrenceOf(old.price), recurrenceOf(price)];
    const newCycle =
      subscription.status !== 'trialing' && (before.interval !== after.interval || before.interval_count !== after.interval_count);
    const [start, end] = newCycle ? [at, periodEnd(at, after, at)] : [old.current_period_start, old.current_period_end];
    const next = { ...newItem(subscription.id, { price, quantity }, start, end), id: old.id, created: old.created };
    plan.items[place] = next;
    if (newCycle) plan.anchor = at;
    if (subscription.status === 'trialing') continue;
    if (newCycle && subscription.schedule)
      throw new StripeProblem('This emulator changes the interval of a subscription without a schedule only; release it first.', {
        param: 'items',
      });
    if (proration_date < old.current_period_start || proration_date > old.current_period_end)
      throw new StripeProblem('The proration date must lie within the present period.', { param: 'proration_date' });
    const left = { start: proration_date, end: old.current_period_end };
    const share = (left.end - left.start) / (old.current_period_end - old.current_period_start);
    if (proration_behavior !== 'none') {
      const amount = credit(world, old, left);
      plan.lines.push(lineFor(world, subscription, old, { amount, period: left, description: 'Unused time on', proration: true }));
      if (!newCycle)
        plan.lines.push(
          lineFor(world, subscription, next, {
            amount: Math.round(itemAmount(next) * share * afterShares(world, subscription, at)),
            period: left,
            description: 'Remaining time on',
            proration: true,
          }),
        );
    }
    if (newCycle)
      plan.lines.push(
        lineFor(world, subscription, next, { amount: itemAmount(next), period: { start, end }, description: `${quantity} ×` }),
      );
    plan.atOnce ||= newCycle || proration_behavior === 'always_invoice';
  }
  return plan;
}

function apply(world: World, subscription: Subscription, { items, anchor }: Pick<Plan, 'items' | 'anchor'>): void {
  change(world, subscription, 'customer.subscription.updated', (altered) => {
    altered.items.data = items;
    altered.billing_cycle_anchor = anchor;
    altered.pending_update = null;
  });
  const schedule = world.state.subscription_schedule[refId(subscription.schedule)];
  const phase = schedule?.phases.find(({ start_date }) => start_date === schedule.current_phase?.start_date);
  for (const [n, item] of items.entries())
    if (phase?.items[n]) Object.assign(phase.items[n], { price: item.price.id, quantity: item.quantity });
}

/** Changes what a subscription is for; answers the invoice where one was made at once. */
export function changeItems(
  world: World,
  subscription: Subscription,
  changes: ItemChange[],
  options: ChangeOptions,
  at: number,
): Invoice | undefined {
  // A later change takes the place of one that still waits for its payment.
  if (subscription.pending_update) dropPending(world, subscription, at);
  const plan = planChange(world, subscription, changes, options, at);
  const waits = options.payment_behavior === 'pending_if_incomplete';
  if (!plan.atOnce) {
    world.state.pendingLines.push(...plan.lines);
    apply(world, subscription, plan);
    return undefined;
  }
  if (!waits) apply(world, subscription, plan);
  const invoice = draftInvoice(world, subscription, [...takeWaiting(world, subscription), ...plan.lines], 'subscription_update', at);
  finalize(world, invoice, at);
  if (!waits) {
    const outcome = collectFor(world, subscription, invoice, at);
    if (outcome.says !== 'paid' && options.payment_behavior === 'error_if_incomplete')
      throw paymentProblem(outcome, 'subscription_payment_intent_requires_action');
    return invoice;
  }
  // Its status stays as it is: nothing has changed as long as nothing is paid.
  world.state.awaited[subscription.id] = invoice.id;
  if (collect(world, invoice, at).says === 'paid') {
    delete world.state.awaited[subscription.id];
    apply(world, subscription, plan);
    return invoice;
  }
  change(world, subscription, 'customer.subscription.updated', (altered) => {
    altered.pending_update = {
      billing_cycle_anchor: plan.anchor,
      cancel_at_period_end: null,
      discount: null,
      discounts: null,
      expires_at: Math.min(at + 23 * hour, ...altered.items.data.map(({ current_period_end }) => current_period_end)),
      metadata: null,
      subscription_items: plan.items,
      trial_end: null,
      trial_from_plan: null,
    };
  });
  return invoice;
}

/** Makes a change come true whose invoice has been paid. */
export function applyPending(world: World, subscription: Subscription): void {
  const { pending_update: waiting } = subscription;
  if (!waiting?.subscription_items) return;
  apply(world, subscription, {
    items: structuredClone(waiting.subscription_items),
    anchor: waiting.billing_cycle_anchor ?? subscription.billing_cycle_anchor,
  });
  delete world.state.awaited[subscription.id];
  emit(world, 'customer.subscription.pending_update_applied', subscription);
}

/** Gives a change up that was never paid. */
export function dropPending(world: World, subscription: Subscription, at: number): void {
  const invoice = world.state.invoice[world.state.awaited[subscription.id] ?? ''];
  if (invoice?.status === 'open') voidInvoice(world, invoice, at);
  delete world.state.awaited[subscription.id];
  change(world, subscription, 'customer.subscription.pending_update_expired', (altered) => {
    altered.pending_update = null;
  });
}

/** Asks for, or takes back, the end of a subscription with its period. */
export function cancelAtEnd(
  world: World,
  subscription: Subscription,
  wanted: boolean,
  details: { comment?: string | undefined; feedback?: string | undefined },
  at: number,
): void {
  if (subscription.schedule)
    throw new StripeProblem(
      `The subscription is managed by the subscription schedule \`${refId(subscription.schedule)}\`, and updating any cancelation behavior directly is not allowed.`,
    );
  change(world, subscription, 'customer.subscription.updated', (altered) => {
    altered.cancel_at_period_end = wanted;
    altered.cancel_at = wanted ? Math.min(...altered.items.data.map(({ current_period_end }) => current_period_end)) : null;
    altered.canceled_at = wanted ? (altered.canceled_at ?? at) : null;
    altered.cancellation_details = {
      comment: wanted ? details.comment || null : null,
      feedback: wanted ? ((details.feedback || null) as NonNullable<Subscription['cancellation_details']>['feedback']) : null,
      feedback_option: null,
      reason: wanted ? 'cancellation_requested' : null,
    };
  });
}
