'use server';

import { z } from 'zod';
import { defineAction } from '@/lib/infra/define-action';
import { AppError } from '@/lib/infra/errors';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { wayTo } from './changes';
import { cancelPlan, choosePlan, lookAgain, managePayment, payNow, type Result, resumePlan } from './commands';
import { findOffer, readBilling } from './queries';
import { cancellation, planChange, planChoice } from './schema';
import { withBilling } from './scope';
import { type ChangePreview, previewChange } from './stripe-queries';

/** Where an act leads: a page of Stripe's, or the plan's own, which says what happened. */
function destination(result: Result, done: string): Destination {
  return { to: result.status === 'page' ? result.url : `/billing?done=${result.status === 'applied' ? done : result.status}` };
}

const runChoice = defineAction('choose-plan', planChange, async ({ prorationDate, way, ...choice }, facts) =>
  destination(
    await withBilling('billing.update', facts, (scope) =>
      choosePlan(scope, choice, { way, ...(prorationDate !== undefined && { prorationDate }) }),
    ),
    'changed',
  ),
);
/** Brings the clinic to another plan. */
export async function choose(input: unknown): Promise<FormState<Destination>> {
  return runChoice(input);
}

const runPreview = defineAction('preview-plan', planChoice, (choice, facts) =>
  withBilling('billing.update', facts, async ({ db, stripe }) => {
    const [state, offer] = await Promise.all([readBilling(db), findOffer(choice.plan, choice.interval)]);
    if (!offer || wayTo(state, offer) !== 'now' || state.stripe_status === 'trialing')
      throw new AppError('stale', { message: 'Your plan has changed since this page was loaded. Reload it and look once more.' });
    return previewChange(stripe, state, offer, Math.floor(Date.now() / 1000));
  }),
);
/** What a change at once would cost now. */
export async function preview(input: unknown): Promise<FormState<ChangePreview>> {
  return runPreview(input);
}

const runCancellation = defineAction('cancel-plan', cancellation, async (input, facts) =>
  destination(await withBilling('billing.update', facts, (scope) => cancelPlan(scope, input)), 'cancelled'),
);
/** Cancels the plan as of the end of its period. */
export async function cancel(input: unknown): Promise<FormState<Destination>> {
  return runCancellation(input);
}

const runResumption = defineAction('resume-plan', z.unknown(), async (_input, facts) =>
  destination(await withBilling('billing.update', facts, resumePlan), 'resumed'),
);
/** Takes back a cancellation, or a smaller plan that was to come. */
export async function takeBack(_input: unknown): Promise<FormState<Destination>> {
  return runResumption({});
}

const runPayment = defineAction('pay-invoice', z.unknown(), async (_input, facts) =>
  destination(await withBilling('billing.update', facts, payNow), 'paid'),
);
/** Pays what is open. */
export async function pay(_input: unknown): Promise<FormState<Destination>> {
  return runPayment({});
}

const runPortal = defineAction('open-portal', z.unknown(), async (_input, facts) =>
  destination(await withBilling('billing.update', facts, managePayment), 'unchanged'),
);
/** Leads to the page for cards, address and tax ids. */
export async function manage(_input: unknown): Promise<FormState<Destination>> {
  return runPortal({});
}

const runLook = defineAction('look-again', z.unknown(), async (_input, facts) =>
  destination(await withBilling('billing.update', facts, lookAgain), 'changed'),
);
/** Takes notice of a payment that was made on a page of Stripe's. */
export async function look(_input: unknown): Promise<FormState<Destination>> {
  return runLook({});
}
