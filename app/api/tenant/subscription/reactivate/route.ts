import { z } from 'zod';
import { answerResult } from '@/lib/billing/answer';
import { resumePlan } from '@/lib/billing/commands';
import { billingRoute } from '@/lib/billing/scope';

/** Takes back a cancellation, or a smaller plan that was to come. */
export const POST = billingRoute('resume-plan', 'billing.update', z.object({}), async (scope) => answerResult(await resumePlan(scope)));
