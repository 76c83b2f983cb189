import { answerResult } from '@/lib/billing/answer';
import { buyPlan } from '@/lib/billing/commands';
import { planChoice } from '@/lib/billing/schema';
import { withBilling } from '@/lib/billing/scope';
import { defineRoute } from '@/lib/infra/define-route';
import { assertSameOrigin } from '@/lib/infra/request';

/** Opens a payment page on which the clinic buys a plan. */
export const POST = defineRoute({
  name: 'create-checkout-session',
  hosts: ['clinic', 'custom'],
  schema: planChoice,
  run: async (choice, _request, facts) => {
    assertSameOrigin(facts);
    return answerResult(await withBilling('billing.update', facts, (scope) => buyPlan(scope, choice)));
  },
});
