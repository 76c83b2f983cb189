import { authorizeClinic } from '@/lib/access/gate';
import { answer } from '@/lib/infra/answer';
import { defineRoute } from '@/lib/infra/define-route';
import { assertSameOrigin } from '@/lib/infra/request';
import { checkLimit } from '@/lib/usage/queries';
import { limitCheckSchema } from '@/lib/usage/schema';

/** Whether as much more of a metric is allowed: `{ metric, period, used, limit, amount, allowed }`. Nothing is reserved by asking. */
export const POST = defineRoute({
  name: 'check-limit',
  hosts: ['clinic', 'custom'],
  schema: limitCheckSchema,
  run: async ({ metric, amount }, _request, facts) => {
    assertSameOrigin(facts);
    return answer(await checkLimit((await authorizeClinic()).db, metric, amount));
  },
});
