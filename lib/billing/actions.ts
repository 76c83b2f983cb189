'use server';

import { z } from 'zod';
import { AppError } from '@/lib/infra/errors';
import { wayTo } from './changes';
import { cancelPlan, choosePlan, lookAgain, managePayment, payNow, type Result, resumePlan } from './commands';
import { findOffer, readBilling } from './queries';
import { cancellation, planChange, planChoice } from './schema';
import { billingAction } from './scope';
import { previewChange } from './stripe-queries';

/** Where an act leads: a page of Stripe's, or the plan's own, which says what happened. */
function destination(result: Result, done: string) {
  return { to: result.status === 'page' ? result.url : `/billing?done=${result.status === 'applied' ? done : result.status}` };
}

/** Brings the clinic to another plan. */
export const choose = billingAction('choose-plan', planChange, async (scope, { prorationDate, way, ...choice }) =>
  destination(await choosePlan(scope, choice, { way, ...(prorationDate !== undefined && { prorationDate }) }), 'changed'),
);

/** What a change at once would cost now. */
export const preview = billingAction('preview-plan', planChoice, async ({ db, stripe }, choice) => {
  const [state, offer] = await Promise.all([readBilling(db), findOffer(choice.plan, choice.interval)]);
  if (!offer || wayTo(state, offer) !== 'now' || state.stripe_status === 'trialing')
    throw new AppError('stale', { message: 'Your plan has changed since this page was loaded. Reload it and look once more.' });
  return previewChange(stripe, state, offer, Math.floor(Date.now() / 1000));
});

/** Cancels the plan as of the end of its period. */
export const cancel = billingAction('cancel-plan', cancellation, async (scope, input) =>
  destination(await cancelPlan(scope, input), 'cancelled'),
);

/** Takes back a cancellation, or a smaller plan that was to come. */
export const takeBack = billingAction('resume-plan', z.unknown(), async (scope) => destination(await resumePlan(scope), 'resumed'));

/** Pays what is open. */
export const pay = billingAction('pay-invoice', z.unknown(), async (scope) => destination(await payNow(scope), 'paid'));

/** Leads to the page for cards, address and tax ids. */
export const manage = billingAction('open-portal', z.unknown(), async (scope) => destination(await managePayment(scope), 'unchanged'));

/** Takes notice of a payment that was made on a page of Stripe's. */
export const look = billingAction('look-again', z.unknown(), async (scope) => destination(await lookAgain(scope), 'changed'));
