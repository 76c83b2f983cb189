import { answerResult } from '@/lib/billing/answer';
import { choosePlan } from '@/lib/billing/commands';
import { subscriptionChange } from '@/lib/billing/schema';
import { billingRoute } from '@/lib/billing/scope';

/** Brings the clinic to another plan. */
export const PUT = billingRoute('choose-plan', 'billing.update', subscriptionChange, async (scope, { plan, interval, proration_date }) =>
  answerResult(await choosePlan(scope, { plan, interval }, proration_date === undefined ? {} : { prorationDate: proration_date })),
);
