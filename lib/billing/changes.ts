import { AppError } from '@/lib/infra/errors';
import type { BillingState, Offer, ways } from './schema';

/**
 * How a clinic gets from what it has to a plan: `same` changes nothing; `checkout` asks for a card where the plan is chosen; `now` counts at
 * once, with the present period settled; `later` with the next period, so that what is paid for is kept; `free` is Free at once, because
 * nothing is paid for; `end` is Free when what is paid for ends.
 */
export type Way = (typeof ways)[number];

/** The way to an offer. Less, in plan or in length of the period, comes with the next period; during a trial nothing is paid yet. */
export function wayTo(state: BillingState, offer: Pick<Offer, 'plan' | 'position' | 'interval'>): Way {
  const { bought, plan, stripe_status, free, unpaid_hold } = state;
  const trial = stripe_status === 'trialing';
  if (offer.plan === 'free') {
    if (bought) return trial || unpaid_hold ? 'free' : 'end';
    return free || (plan.key === 'free' && state.status === 'active') ? 'same' : 'free';
  }
  if (!bought) return 'checkout';
  if (bought.key === offer.plan && bought.interval === offer.interval) return 'same';
  if (trial) return 'now';
  if (offer.position !== bought.position) return offer.position > bought.position ? 'now' : 'later';
  return bought.interval === 'year' ? 'later' : 'now';
}

/** What has to come before a change of what is paid for; null when nothing does. */
export function obstacle(state: BillingState): { code: 'forbidden' | 'payment_failed' | 'subscribed'; message: string } | null {
  const { past_due_since, ends_at, bought, next, paused } = state;
  if (paused) return { code: 'forbidden', message: 'We have paused the clinic; its plan cannot be changed now.' };
  if (past_due_since) return { code: 'payment_failed', message: 'Pay the open invoice first.' };
  if (bought && ends_at) return { code: 'subscribed', message: 'Your plan is cancelled. Resume it first.' };
  if (bought && next) return { code: 'subscribed', message: `Your plan changes to ${next.name}. Keep ${bought.name} first.` };
  return null;
}

/**
 * Refuses a change of plan while something else has to come first.
 * @throws {AppError} payment_failed while a payment is owed, subscribed while the end or a smaller plan is decided
 */
export function assertChangeable(state: BillingState): void {
  const found = obstacle(state);
  if (found) throw new AppError(found.code, { message: found.message });
}

/** Stripe needs a trial's end to lie at least two days ahead; with a little for the way there. */
const leastTrial = 49 * 3600_000;

/** When the rest of a trial ends that a subscription begun now still gets, in Unix seconds; null when it begins to be paid at once. */
export function trialLeft({ converted, trial_ends_at }: BillingState, now: Date): number | null {
  if (converted || trial_ends_at === null) return null;
  const end = Date.parse(trial_ends_at);
  return end - now.getTime() >= leastTrial ? Math.floor(end / 1000) : null;
}
