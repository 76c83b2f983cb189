import { answerResult } from '@/lib/billing/answer';
import { cancelPlan } from '@/lib/billing/commands';
import { cancellation } from '@/lib/billing/schema';
import { withBilling } from '@/lib/billing/scope';
import { defineRoute } from '@/lib/infra/define-route';
import { assertSameOrigin } from '@/lib/infra/request';

/** Cancels the clinic's plan as of the end of its period. */
export const POST = defineRoute({
  name: 'cancel-plan',
  hosts: ['clinic', 'custom'],
  schema: cancellation,
  run: async (input, _request, facts) => {
    assertSameOrigin(facts);
    return answerResult(await withBilling('billing.update', facts, (scope) => cancelPlan(scope, input)));
  },
});
