import { hour, periodEnd } from './calendar';
import { draftInvoice, finalize, voidInvoice } from './invoicing';
import { itemAmount, lineFor } from './lines';
import { methodFor, outcomeOf, paymentProblem } from './payments';
import { missing, StripeProblem } from './problem';
import { type Invoice, type InvoiceLine, type Price, refId, type Subscription, type SubscriptionItem } from './state';
import { collectFor, newItem, recurrenceOf } from './subscribing';
import { change, type World } from './world';

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

/** Which share of its price the customer paid for the period that an item is in: coupons make it less than all. */
function paidShare(world: World, item: SubscriptionItem, moment: number): number {
  const line = Object.values(world.state.invoice)
    .toReversed()
    .flatMap(({ lines, status }) => (status === 'void' ? [] : lines.data))
    .find(
      ({ pricing, parent, period, amount }) =>
        refId(pricing?.price_details?.price) === item.price.id &&
        parent?.subscription_item_details?.subscription_item === item.id &&
        period.start <= moment &&
        period.end > moment &&
        amount >= 0,
    );
  if (!line) return 1;
  const off = (line.discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);
  return line.amount === 0 ? 0 : (line.amount - off) / line.amount;
}

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
    const [start, end] = newCycle
      ? [proration_date, periodEnd(proration_date, after, proration_date)]
      : [old.current_period_start, old.current_period_end];
    const next = { ...newItem(subscription.id, { price, quantity }, start, end), id: old.id, created: old.created };
    plan.items[place] = next;
    if (newCycle) plan.anchor = proration_date;
    if (subscription.status === 'trialing') continue;
    const left = { start: proration_date, end: old.current_period_end };
    const share = (left.end - left.start) / (old.current_period_end - old.current_period_start);
    if (proration_behavior !== 'none') {
      const amount = -Math.round(itemAmount(old) * share * paidShare(world, old, proration_date));
      plan.lines.push(lineFor(world, subscription, old, { amount, period: left, description: 'Unused time on', proration: true }));
      if (!newCycle)
        plan.lines.push(
          lineFor(world, subscription, next, {
            amount: Math.round(itemAmount(next) * share),
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
  if (options.payment_behavior === 'error_if_incomplete') {
    const shadow = shadowOf(world);
    const copy = shadow.state.subscription[subscription.id];
    const invoice = copy && changeItems(shadow, copy, changes, { ...options, payment_behavior: 'allow_incomplete' }, at);
    const outcome = invoice && outcomeOf(shadow, invoice.amount_due, methodFor(shadow, invoice), false);
    if (outcome && outcome.says !== 'paid') throw paymentProblem(outcome, 'subscription_payment_intent_requires_action');
  }
  const plan = planChange(world, subscription, changes, options);
  if (!plan.atOnce) {
    world.state.pendingLines.push(...plan.lines);
    apply(world, subscription, plan);
    return undefined;
  }
  // A later change takes the place of one that still waits for its payment.
  if (subscription.pending_update) dropPending(world, subscription, at);
  if (options.payment_behavior !== 'pending_if_incomplete') apply(world, subscription, plan);
  const invoice = draftInvoice(world, subscription, plan.lines, 'subscription_update', at);
  finalize(world, invoice, at);
  const outcome = collectFor(world, subscription, invoice, at);
  if (options.payment_behavior !== 'pending_if_incomplete') return invoice;
  if (outcome.says === 'paid') apply(world, subscription, plan);
  else
    change(world, subscription, 'customer.subscription.updated', (altered) => {
      altered.status = 'active';
      altered.pending_update = {
        billing_cycle_anchor: plan.anchor,
        cancel_at_period_end: null,
        discount: null,
        discounts: null,
        expires_at: at + 23 * hour,
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
  change(world, subscription, 'customer.subscription.pending_update_applied', () => undefined);
}

/** Gives a change up that was never paid. */
export function dropPending(world: World, subscription: Subscription, at: number): void {
  const invoice = world.state.invoice[refId(subscription.latest_invoice)];
  if (invoice?.status === 'open') voidInvoice(world, invoice, at);
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
