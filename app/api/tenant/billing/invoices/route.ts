import { z } from 'zod';
import { readBilling } from '@/lib/billing/queries';
import { withBilling } from '@/lib/billing/scope';
import { listInvoices } from '@/lib/billing/stripe-queries';
import { answer } from '@/lib/infra/answer';
import { defineRoute } from '@/lib/infra/define-route';

/** The clinic's invoices, the newest first. */
export const GET = defineRoute({
  name: 'list-invoices',
  hosts: ['clinic', 'custom'],
  schema: z.object({}),
  run: async (_input, _request, facts) =>
    answer({
      invoices: await withBilling('billing.read', facts, async ({ db, stripe }) => listInvoices(stripe, await readBilling(db))),
    }),
});
