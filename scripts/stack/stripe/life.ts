import { addIntervals, day, hour, periodEnd } from './calendar';
import { dropPending } from './changing';
import { draftInvoice, finalize, subscriptionOf, takeWaiting, voidInvoice } from './invoicing';
import { periodLines } from './lines';
import { methodFor, type Outcome } from './payments';
import { type CheckoutSession, type Invoice, refId, type Schedule, type Subscription } from './state';
import { collectFor, end, newItem, recurrenceOf } from './subscribing';
import { change, emit, type World } from './world';

/** Something that happens by itself at a point in time. */
type Due = { at: number; happen: () => void };

/** How long a first payment is waited for. https://docs.stripe.com/billing/subscriptions/overview */
const patience = 23 * hour;

const running = ({ status }: Subscription) => ['active', 'past_due', 'trialing'].includes(status);
const endOf = ({ items }: Subscription) => Math.min(...items.data.map(({ current_period_end }) => current_period_end));

/** The next phase of a schedule takes its subscription over, or the schedule lets go of it. */
function turnPhase(world: World, schedule: Schedule, subscription: Subscription, at: number): void {
  const next = schedule.phases.find(({ start_date }) => start_date === at);
  if (next) {
    change(world, subscription, 'customer.subscription.updated', (altered) => {
      altered.discounts = next.discounts.map(({ discount }) => refId(discount));
      altered.items.data = altered.items.data.map((item, n) => {
        const wanted = next.items[n];
        const price = world.state.price[refId(wanted?.price)];
        if (!price) return item;
        return {
          ...newItem(altered.id, { price, quantity: wanted?.quantity ?? 1 }, item.current_period_start, item.current_period_end),
          id: item.id,
        };
      });
    });
    change(world, schedule, 'subscription_schedule.updated', (altered) => {
      altered.current_phase = { start_date: next.start_date, end_date: next.end_date };
    });
    return;
  }
  change(
    world,
    schedule,
    schedule.end_behavior === 'cancel' ? 'subscription_schedule.completed' : 'subscription_schedule.released',
    (altered) => {
      altered.status = schedule.end_behavior === 'cancel' ? 'completed' : 'released';
      altered.current_phase = null;
      altered.subscription = null;
      if (schedule.end_behavior === 'cancel') altered.completed_at = at;
      else {
        altered.released_at = at;
        altered.released_subscription = subscription.id;
      }
    },
  );
  change(world, subscription, 'customer.subscription.updated', (altered) => {
    altered.schedule = null;
  });
  if (schedule.end_behavior === 'cancel') end(world, subscription, at);
}

/** A new period begins: a trial turns into the real thing, and an invoice is drafted that becomes final an hour later. */
function renew(world: World, subscription: Subscription, at: number): void {
  const trialOver = subscription.status === 'trialing';
  const card =
    subscription.default_payment_method ?? world.state.customer[refId(subscription.customer)]?.invoice_settings.default_payment_method;
  const cardAwaited = trialOver && subscription.trial_settings?.end_behavior.missing_payment_method !== 'create_invoice';
  if (subscription.cancel_at_period_end || (cardAwaited && !card)) {
    // What was added within the last period is still owed.
    const owed = takeWaiting(world, subscription);
    if (owed.length > 0) {
      const last = draftInvoice(world, subscription, owed, 'subscription_cycle', at);
      finalize(world, last, at);
      collectFor(world, subscription, last, at);
    }
    end(world, subscription, at);
    return;
  }
  change(world, subscription, 'customer.subscription.updated', (altered) => {
    for (const item of altered.items.data) {
      item.current_period_start = at;
      item.current_period_end = periodEnd(altered.billing_cycle_anchor, recurrenceOf(item.price), at);
    }
    if (trialOver) altered.status = 'active';
  });
  const lines = [...takeWaiting(world, subscription), ...periodLines(world, subscription)];
  const invoice = draftInvoice(world, subscription, lines, 'subscription_cycle', at);
  invoice.automatically_finalizes_at = at + hour;
}

/** Ends a trial, and charges the first period at once. */
export function endTrial(world: World, subscription: Subscription, at: number): Outcome {
  change(world, subscription, 'customer.subscription.updated', (altered) => {
    altered.trial_end = at;
    altered.billing_cycle_anchor = at;
  });
  renew(world, subscription, at);
  const invoice = world.state.invoice[refId(subscription.latest_invoice)];
  if (invoice?.status !== 'draft') return { says: 'paid' };
  finalize(world, invoice, at);
  return collectFor(world, subscription, invoice, at);
}

function dueOfSubscription(world: World, subscription: Subscription): Due[] {
  const due: Due[] = [];
  const { status, trial_end, trial_start, pending_update, created } = subscription;
  if (status === 'incomplete')
    due.push({ at: created + patience, happen: () => end(world, subscription, created + patience, 'incomplete_expired') });
  if (!running(subscription)) return due;
  const schedule = world.state.subscription_schedule[refId(subscription.schedule)];
  const boundary = schedule?.current_phase?.end_date;
  if (schedule && boundary) due.push({ at: boundary, happen: () => turnPhase(world, schedule, subscription, boundary) });
  const cancelAt = subscription.cancel_at;
  if (cancelAt !== null && !subscription.cancel_at_period_end) due.push({ at: cancelAt, happen: () => end(world, subscription, cancelAt) });
  if (pending_update) {
    const { expires_at } = pending_update;
    due.push({ at: expires_at, happen: () => dropPending(world, subscription, expires_at) });
  }
  const notice = trial_end === null ? null : trial_end - 3 * day;
  if (status === 'trialing' && notice !== null && trial_start !== null && !world.state.trialNotices.includes(subscription.id))
    due.push({
      at: Math.max(notice, trial_start),
      happen: () => {
        world.state.trialNotices.push(subscription.id);
        emit(world, 'customer.subscription.trial_will_end', subscription);
      },
    });
  due.push({ at: endOf(subscription), happen: () => renew(world, subscription, endOf(subscription)) });
  return due;
}

function dueOfInvoice(world: World, invoice: Invoice): Due[] {
  const subscription = subscriptionOf(world, invoice);
  if (!subscription) return [];
  const { automatically_finalizes_at: final, next_payment_attempt: retry } = invoice;
  if (invoice.status === 'draft' && final !== null)
    return [
      {
        at: final,
        happen: () => {
          finalize(world, invoice, final);
          if (subscription.pause_collection) voidInvoice(world, invoice, final);
          else collectFor(world, subscription, invoice, final);
        },
      },
    ];
  if (invoice.status === 'open' && retry !== null)
    return [
      {
        at: retry,
        happen: () => void collectFor(world, subscription, invoice, retry, { method: methodFor(world, invoice), automatic: true }),
      },
    ];
  return [];
}

function dueOfSession(world: World, session: CheckoutSession): Due[] {
  if (session.status !== 'open') return [];
  const happen = () =>
    change(world, session, 'checkout.session.expired', (gone) => {
      gone.status = 'expired';
      gone.url = null;
    });
  return [{ at: session.expires_at, happen }];
}

/** What happens next by itself, up to a point: for the customers of a test clock, or for those who live in real time. */
export function nextDue(world: World, clock: string | null, until: number): Due | undefined {
  const within = (holder: { test_clock?: string | { id: string } | null }) => (refId(holder.test_clock) || null) === clock;
  const all = [
    ...Object.values(world.state.subscription)
      .filter(within)
      .flatMap((subscription) => dueOfSubscription(world, subscription)),
    ...Object.values(world.state.invoice)
      .filter(within)
      .flatMap((invoice) => dueOfInvoice(world, invoice)),
    ...(clock === null ? Object.values(world.state.checkout_session).flatMap((session) => dueOfSession(world, session)) : []),
  ].filter(({ at }) => at <= until);
  // Of what is due at once the first comes first: a phase turns before the period does.
  return all.reduce<Due | undefined>((first, one) => (first === undefined || one.at < first.at ? one : first), undefined);
}

/** Lets time pass, up to a point. */
export function passTime(world: World, clock: string | null, until: number): void {
  for (let next = nextDue(world, clock, until); next; next = nextDue(world, clock, until)) {
    const frozen = clock === null ? undefined : world.state.test_clock[clock];
    if (frozen) frozen.frozen_time = Math.max(frozen.frozen_time, next.at);
    next.happen();
  }
}

/** How far a test clock is advanced at once: two of the shortest intervals of its subscriptions. */
export function reach(world: World, clock: string, from: number): number {
  const ends = Object.values(world.state.subscription)
    .filter((subscription) => refId(subscription.test_clock) === clock && running(subscription))
    .flatMap(({ items }) => items.data.map(({ price }) => addIntervals(from, recurrenceOf(price), 2)));
  return ends.length > 0 ? Math.min(...ends) : from + 2 * 366 * day;
}
