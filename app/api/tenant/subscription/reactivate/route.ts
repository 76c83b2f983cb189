import { z } from 'zod';
import { answerResult } from '@/lib/billing/answer';
import { resumePlan } from '@/lib/billing/commands';
import { withBilling } from '@/lib/billing/scope';
import { defineRoute } from '@/lib/infra/define-route';
import { assertSameOrigin } from '@/lib/infra/request';

/** Takes back a cancellation, or a smaller plan that was to come. */
export const POST = defineRoute({
  name: 'resume-plan',
  hosts: ['clinic', 'custom'],
  schema: z.object({}),
  run: async (_input, _request, facts) => {
    assertSameOrigin(facts);
    return answerResult(await withBilling('billing.update', facts, resumePlan));
  },
});
