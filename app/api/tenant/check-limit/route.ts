import { clinicRoute } from '@/lib/access/clinic-route';
import { checkLimit } from '@/lib/usage/queries';
import { limitCheckSchema } from '@/lib/usage/schema';

/** Whether as much more of a metric is allowed: `{ metric, period, used, limit, amount, allowed }`. Nothing is reserved by asking. */
export const POST = clinicRoute('check-limit', 'member', limitCheckSchema, async ({ db }, { metric, amount }) =>
  checkLimit(db, metric, amount),
);
