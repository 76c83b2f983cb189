import { z } from 'zod';
import { answerResult } from '@/lib/billing/answer';
import { payNow } from '@/lib/billing/commands';
import { billingRoute } from '@/lib/billing/scope';

/** Pays the clinic's open invoices, or answers the page where the bank asks. */
export const POST = billingRoute('pay-invoice', 'billing.update', z.object({}), async (scope) => answerResult(await payNow(scope)));
