import { z } from 'zod';
import { readBilling } from '@/lib/billing/queries';
import { billingRoute } from '@/lib/billing/scope';
import { listInvoices } from '@/lib/billing/stripe-queries';

/** The clinic's invoices, the newest first. */
export const GET = billingRoute('list-invoices', 'billing.read', z.object({}), async ({ db, stripe }) => ({
  invoices: await listInvoices(stripe, await readBilling(db)),
}));
