import 'server-only';
import type Stripe from 'stripe';
import { AppError, writeExcess } from '@/lib/infra/errors';
import { type Db, unwrap } from '@/lib/infra/supabase';
import { type Way, wayTo } from './changes';
import { openPortal } from './portal';
import { findOffer, listExcess, readBilling } from './queries';
import type { BillingState, Cancellation, PlanChoice } from './schema';
import {
  beginCheckout,
  cancelAtEnd,
  changeLater,
  changeNow,
  customerOf,
  dropSubscription,
  payOpenInvoice,
  resume,
  writeOff,
} from './stripe-commands';

/** What every act needs: the database as the caller, Stripe, and the address that Stripe's pages lead back to. */
export type BillingScope = { db: Db; stripe: Stripe; origin: string };

type Act = 'looked' | 'checkout_opened' | 'change_asked' | 'end_asked' | 'resumption_asked' | 'payment_asked' | 'portal_opened';

/** What an act led to: it counts already, it will within a minute, or a page of Stripe's has to be seen first. */
export type Result = { status: 'unchanged' | 'applied' | 'accepted' } | { status: 'page'; url: string };

/** How long an answer waits for what was done at Stripe to count here, in milliseconds; the worker goes on whatever happens. */
const patience = 8000;

/** Notes an act in the clinic's log and waits until what it did at Stripe counts here. */
async function settled(db: Db, act: Act): Promise<Result> {
  const place = unwrap(await db.rpc('request_billing_sync', { p_action: act }));
  for (const end = Date.now() + patience; Date.now() < end; ) {
    if ((await readBilling(db)).synced > place) return { status: 'applied' };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { status: 'accepted' };
}

async function page(db: Db, act: Act, url: string): Promise<Result> {
  unwrap(await db.rpc('request_billing_sync', { p_action: act }));
  return { status: 'page', url };
}

/** Takes notice of what was done on a page of Stripe's. */
export const lookAgain = ({ db }: BillingScope): Promise<Result> => settled(db, 'looked');

/** What was shown to whoever chose: the way, and the moment that the costs were reckoned for, in Unix seconds. */
type Shown = { way?: Way; prorationDate?: number };

/**
 * Brings a clinic to a plan, by whichever way leads there: at once, with the next period, or by a payment page.
 * @throws {AppError} over_limits with what is too much, payment_failed or subscribed when something else comes first, stale when the way
 *   is no longer the one that was shown
 */
export async function choosePlan(scope: BillingScope, { plan, interval }: PlanChoice, shown: Shown = {}): Promise<Result> {
  const { db, stripe, origin } = scope;
  const [state, offer, excess] = await Promise.all([readBilling(db), findOffer(plan, interval), listExcess(db)]);
  if (!offer) throw new AppError('invalid_input', { fields: { interval: 'This plan is not sold so.' } });
  const way = wayTo(state, offer);
  const unseenCosts = shown.way === 'now' && shown.prorationDate === undefined && state.stripe_status !== 'trialing';
  if (shown.way && (shown.way !== way || unseenCosts))
    throw new AppError('stale', { message: 'Your plan has changed since this page was loaded. Reload it and look once more.' });
  if (way === 'same') return { status: 'unchanged' };
  const over = excess[plan] ?? [];
  if (over.length > 0) throw new AppError('over_limits', { message: writeExcess(over) });
  switch (way) {
    case 'checkout':
      return page(db, 'checkout_opened', await beginCheckout(stripe, state, offer, origin));
    case 'now': {
      const outcome = await changeNow(stripe, state, offer, shown.prorationDate);
      return outcome.done ? settled(db, 'change_asked') : page(db, 'change_asked', outcome.url);
    }
    case 'later':
      await changeLater(stripe, state, offer);
      return settled(db, 'change_asked');
    case 'end':
      return cancelPlan(scope, { reason: 'other' });
    case 'free':
      return chooseFree(scope, state);
  }
}

/** Puts a clinic on Free at once; what gives it nothing any more ends before. */
async function chooseFree({ db, stripe }: BillingScope, state: BillingState): Promise<Result> {
  if (state.bought || state.past_due_since) {
    await (state.bought ? dropSubscription(stripe, state) : writeOff(stripe, state));
    const ended = await settled(db, 'end_asked');
    if (ended.status !== 'applied')
      throw new AppError('unavailable', { message: 'Your plan has ended, but Free is not chosen yet. Choose it once more in a minute.' });
  }
  unwrap(await db.rpc('choose_free'));
  return { status: 'applied' };
}

/**
 * Opens a payment page on which a plan is bought.
 * @throws {AppError} subscribed when one is paid for already: it is changed instead
 */
export async function buyPlan(scope: BillingScope, choice: PlanChoice): Promise<Result> {
  const [state, offer] = await Promise.all([readBilling(scope.db), findOffer(choice.plan, choice.interval)]);
  if (choice.plan === 'free') throw new AppError('invalid_input', { fields: { plan: 'Free is not bought.' } });
  if (offer && wayTo(state, offer) !== 'checkout') throw new AppError('subscribed');
  return choosePlan(scope, choice);
}

/** Cancels what is paid for, as of the end of its period. */
export async function cancelPlan({ db, stripe }: BillingScope, cancellation: Cancellation): Promise<Result> {
  await cancelAtEnd(stripe, await readBilling(db), cancellation);
  return settled(db, 'end_asked');
}

/** Takes back a cancellation, or a smaller plan that was to come. */
export async function resumePlan({ db, stripe }: BillingScope): Promise<Result> {
  await resume(stripe, await readBilling(db));
  return settled(db, 'resumption_asked');
}

/** Pays what is open, with the card on file, or on the invoice's page. */
export async function payNow({ db, stripe }: BillingScope): Promise<Result> {
  const outcome = await payOpenInvoice(stripe, await readBilling(db));
  return outcome.done ? settled(db, 'payment_asked') : page(db, 'payment_asked', outcome.url);
}

/** Opens Stripe's page for cards, address and tax ids. */
export async function managePayment({ db, stripe, origin }: BillingScope): Promise<Result> {
  return page(db, 'portal_opened', await openPortal(stripe, customerOf(await readBilling(db)), origin));
}
