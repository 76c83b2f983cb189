import { z } from 'zod';
import { answerResult } from '@/lib/billing/answer';
import { payNow } from '@/lib/billing/commands';
import { withBilling } from '@/lib/billing/scope';
import { defineRoute } from '@/lib/infra/define-route';
import { assertSameOrigin } from '@/lib/infra/request';

/** Pays the clinic's open invoices, or answers the page where the bank asks. */
export const POST = defineRoute({
  name: 'pay-invoice',
  hosts: ['clinic', 'custom'],
  schema: z.object({}),
  run: async (_input, _request, facts) => {
    assertSameOrigin(facts);
    return answerResult(await withBilling('billing.update', facts, payNow));
  },
});
