import { answerResult } from '@/lib/billing/answer';
import { choosePlan } from '@/lib/billing/commands';
import { subscriptionChange } from '@/lib/billing/schema';
import { withBilling } from '@/lib/billing/scope';
import { defineRoute } from '@/lib/infra/define-route';
import { assertSameOrigin } from '@/lib/infra/request';

/** Brings the clinic to another plan. */
export const PUT = defineRoute({
  name: 'choose-plan',
  hosts: ['clinic', 'custom'],
  schema: subscriptionChange,
  run: async ({ plan, interval, proration_date }, _request, facts) => {
    assertSameOrigin(facts);
    return answerResult(
      await withBilling('billing.update', facts, (scope) =>
        choosePlan(scope, { plan, interval }, proration_date === undefined ? {} : { prorationDate: proration_date }),
      ),
    );
  },
});
