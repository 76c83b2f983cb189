import 'server-only';
import Stripe from 'stripe';
import { AppError } from '@/lib/infra/errors';
import { assertChangeable, trialLeft } from './changes';
import { embeddingPage, paymentPage } from './payment-page';
import type { BillingState, Cancellation, Offer } from './schema';
import { idOf, isLive, owedOf } from './stripe-state';

/** What an act at Stripe ends in: done, or a page of Stripe's that the person has to see. */
export type Outcome = { done: true } | { done: false; url: string };

const done: Outcome = { done: true };

/** The clinic's customer at Stripe. */
export function customerOf({ customer }: BillingState): string {
  if (!customer)
    throw new AppError('unavailable', { message: 'Your account at our payment provider is still being made. Try again in a minute.' });
  return customer;
}

function subscriptionOf({ subscription }: BillingState): string {
  if (!subscription) throw new AppError('not_found', { message: 'No plan is being paid for.' });
  return subscription;
}

function priceOf({ price }: Offer): string {
  if (!price) throw new AppError('unavailable', { message: 'This plan cannot be bought right now. Please write to us.' });
  return price;
}

/**
 * Opens a payment page on which a plan is bought, with the rest of the trial where there is one. Earlier pages of the clinic close, so
 * that nobody pays twice.
 * @param origin of the clinic's address
 * @throws {AppError} subscribed when a plan is paid for already
 */
export async function beginCheckout(stripe: Stripe, state: BillingState, offer: Offer, origin: string, now = new Date()): Promise<string> {
  if (state.bought) throw new AppError('subscribed');
  assertChangeable(state);
  const customer = customerOf(state);
  await closeSessions(stripe, customer);
  // Only now is it certain that none of them was paid in the meantime.
  const [subscriptions, open] = await Promise.all([
    stripe.subscriptions.list({ customer, status: 'all', limit: 100 }),
    stripe.invoices.list({ customer, status: 'open', limit: 100 }),
  ]);
  if (subscriptions.data.some(isLive)) throw new AppError('subscribed');
  if (owedOf(open.data).length > 0) throw new AppError('payment_failed', { message: 'Pay the open invoice first.' });
  const trial_end = trialLeft(state, now);
  const embedded = paymentPage().kind === 'embedded';
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer,
    client_reference_id: state.tenant_id,
    line_items: [{ price: priceOf(offer), quantity: 1 }],
    // What takes days to be paid would look like a payment that failed.
    allowed_payment_method_types: ['card'],
    allow_promotion_codes: true,
    billing_address_collection: 'auto',
    customer_update: { name: 'auto', address: 'auto' },
    tax_id_collection: { enabled: true },
    subscription_data: { metadata: { tenant_id: state.tenant_id }, ...(trial_end !== null && { trial_end }) },
    ...(embedded
      ? { ui_mode: 'embedded_page', return_url: `${origin}/billing?checkout=done` }
      : { success_url: `${origin}/billing?checkout=done`, cancel_url: `${origin}/billing` }),
  });
  // Pressed in two windows at once, the newest page stays.
  await closeSessions(stripe, customer, session.id);
  // The secret of an embedded form stands in no address: the page asks Stripe for it.
  const url = embedded ? `${origin}${embeddingPage}` : session.url;
  if (!url) throw new AppError('unavailable');
  return url;
}

/** Closes a customer's open payment pages: all, or those that are older than one. */
async function closeSessions(stripe: Stripe, customer: string, newest?: string): Promise<void> {
  const { data } = await stripe.checkout.sessions.list({ customer, status: 'open', limit: 100 });
  const place = data.findIndex(({ id }) => id === newest);
  for (const { id } of data.slice(place + 1)) await stripe.checkout.sessions.expire(id);
}

async function release(stripe: Stripe, { schedule }: Stripe.Subscription): Promise<void> {
  const id = idOf(schedule);
  if (id) await stripe.subscriptionSchedules.release(id);
}

async function itemOf(stripe: Stripe, state: BillingState) {
  const subscription = await stripe.subscriptions.retrieve(subscriptionOf(state));
  const [item] = subscription.items.data;
  if (!item) throw new AppError('internal');
  return { subscription, item };
}

/** How far the moment for which costs were shown may lie behind our clock, and ahead of it, in seconds. */
const longestAgo = 15 * 60;
const furthestAhead = 60;

/**
 * Changes what is paid for at once, and settles the present period. A change whose payment does not go through does not happen; it can
 * still be paid on the page that is answered, for 23 hours.
 * @param prorationDate the moment from which it counts, in Unix seconds: the one that the preview was made for
 * @throws {AppError} stale when that was too long ago, and what assertChangeable throws
 */
export async function changeNow(
  stripe: Stripe,
  state: BillingState,
  offer: Offer,
  prorationDate?: number,
  now = new Date(),
): Promise<Outcome> {
  assertChangeable(state);
  const age = prorationDate === undefined ? 0 : now.getTime() / 1000 - prorationDate;
  if (age > longestAgo || age < -furthestAhead)
    throw new AppError('stale', { message: 'What it costs has changed since it was shown. Look at it once more.' });
  const { subscription, item } = await itemOf(stripe, state);
  const price = priceOf(offer);
  if (item.price.id === price) return done;
  const items = [{ id: item.id, price }];
  if (subscription.status === 'trialing') {
    await stripe.subscriptions.update(subscription.id, { items, proration_behavior: 'none' });
    return done;
  }
  const changed = await stripe.subscriptions.update(
    subscription.id,
    {
      items,
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
      expand: ['latest_invoice'],
      ...(prorationDate !== undefined && { proration_date: prorationDate }),
    },
    // Pressed twice, it is done once.
    prorationDate === undefined ? {} : { idempotencyKey: `change-${subscription.id}-${item.price.id}-${price}-${prorationDate}` },
  );
  if (!changed.pending_update) return done;
  const url = typeof changed.latest_invoice === 'string' ? null : changed.latest_invoice?.hosted_invoice_url;
  if (!url) throw new AppError('payment_failed');
  return { done: false, url };
}

/** Has the present period run out before another, smaller plan begins. */
export async function changeLater(stripe: Stripe, state: BillingState, offer: Offer): Promise<void> {
  assertChangeable(state);
  const { subscription, item } = await itemOf(stripe, state);
  // Promotion codes that still run go on running.
  const kept = subscription.discounts.map((discount) => ({ discount: idOf(discount) ?? '' }));
  const discounts = kept.length > 0 ? kept : '';
  // One that was begun and not finished is taken up again.
  const begun = idOf(subscription.schedule);
  const schedule = begun
    ? await stripe.subscriptionSchedules.retrieve(begun)
    : await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
  await stripe.subscriptionSchedules.update(schedule.id, {
    end_behavior: 'release',
    phases: [
      {
        items: [{ price: item.price.id, quantity: 1 }],
        discounts,
        start_date: schedule.phases[0]?.start_date ?? item.current_period_start,
        end_date: item.current_period_end,
      },
      {
        items: [{ price: priceOf(offer), quantity: 1 }],
        discounts,
        proration_behavior: 'none',
        duration: { interval: offer.interval, interval_count: 1 },
      },
    ],
  });
}

/** Cancels what is paid for, as of the end of its period. */
export async function cancelAtEnd(stripe: Stripe, state: BillingState, { reason, comment }: Cancellation): Promise<void> {
  const { subscription } = await itemOf(stripe, state);
  await release(stripe, subscription);
  await stripe.subscriptions.update(subscription.id, {
    cancel_at_period_end: true,
    cancellation_details: { feedback: reason, ...(comment && { comment }) },
  });
}

/** Takes back a cancellation, or a change that was to come with the next period. */
export async function resume(stripe: Stripe, state: BillingState): Promise<void> {
  const { subscription } = await itemOf(stripe, state);
  await release(stripe, subscription);
  if (subscription.cancel_at_period_end) await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
  // The portal and support set a date instead.
  else if (subscription.cancel_at !== null) await stripe.subscriptions.update(subscription.id, { cancel_at: '' });
}

/**
 * Ends a subscription at once that gives nothing: in its trial, or on hold because it was not paid for. What is owed for a time in which
 * nobody could work is written off.
 */
export async function dropSubscription(stripe: Stripe, state: BillingState): Promise<void> {
  const { subscription } = await itemOf(stripe, state);
  await stripe.subscriptions.cancel(subscription.id);
  await writeOff(stripe, state);
}

/** Gives up what a clinic owes. */
export async function writeOff(stripe: Stripe, state: BillingState): Promise<void> {
  const { data } = await stripe.invoices.list({ customer: customerOf(state), status: 'open', limit: 100 });
  for (const { id } of owedOf(data)) await stripe.invoices.markUncollectible(id);
}

/**
 * Pays a clinic's open invoices with its card, the oldest first. Where the bank wants to ask, or refuses, the invoice's page is answered:
 * there it can be paid with any card.
 * @throws {AppError} not_found when nothing is open
 */
export async function payOpenInvoice(stripe: Stripe, state: BillingState): Promise<Outcome> {
  const { data } = await stripe.invoices.list({ customer: customerOf(state), status: 'open', limit: 100 });
  const owed = owedOf(data);
  if (owed.length === 0) throw new AppError('not_found', { message: 'No invoice is open.' });
  for (const { id, hosted_invoice_url } of owed.toReversed()) {
    try {
      await stripe.invoices.pay(id);
    } catch (error) {
      const refused = error instanceof Stripe.errors.StripeCardError || error instanceof Stripe.errors.StripeInvalidRequestError;
      if (!refused || !hosted_invoice_url) throw error;
      return { done: false, url: hosted_invoice_url };
    }
  }
  return done;
}
