import { answerResult } from '@/lib/billing/answer';
import { cancelPlan } from '@/lib/billing/commands';
import { cancellation } from '@/lib/billing/schema';
import { billingRoute } from '@/lib/billing/scope';

/** Cancels the clinic's plan as of the end of its period. */
export const POST = billingRoute('cancel-plan', 'billing.update', cancellation, async (scope, input) =>
  answerResult(await cancelPlan(scope, input)),
);
