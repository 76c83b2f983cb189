import { answerResult } from '@/lib/billing/answer';
import { buyPlan } from '@/lib/billing/commands';
import { planChoice } from '@/lib/billing/schema';
import { billingRoute } from '@/lib/billing/scope';

/** Opens a payment page on which the clinic buys a plan. */
export const POST = billingRoute('create-checkout-session', 'billing.update', planChoice, async (scope, choice) =>
  answerResult(await buyPlan(scope, choice)),
);
