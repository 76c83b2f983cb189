import 'server-only';
import type Stripe from 'stripe';
import { AppError } from '@/lib/infra/errors';
import type { BillingState, Offer } from './schema';
import { owedOf } from './stripe-state';

/** An invoice as a list shows it; amounts in minor units, times as ISO 8601. */
export type InvoiceLine = {
  id: string;
  number: string | null;
  status: string;
  created: string;
  total: number;
  currency: string;
  page: string | null;
  pdf: string | null;
};

/** What a card shows of itself. */
export type Card = { brand: string; last4: string; expires: string };

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

/** The clinic's invoices, the newest first, at most 24; drafts are none yet. */
export async function listInvoices(stripe: Stripe, { customer }: BillingState): Promise<InvoiceLine[]> {
  if (!customer) return [];
  const { data } = await stripe.invoices.list({ customer, limit: 24 });
  return data.flatMap(({ id, number, status, created, total, currency, hosted_invoice_url, invoice_pdf }) =>
    // A trial begins with an invoice of nothing.
    status === null || status === 'draft' || total === 0
      ? []
      : [{ id, number, status, created: iso(created), total, currency, page: hosted_invoice_url ?? null, pdf: invoice_pdf ?? null }],
  );
}

/** The card that the next payment is collected from; null without one. */
export async function findCard(stripe: Stripe, { customer, subscription }: BillingState): Promise<Card | null> {
  if (!customer) return null;
  const own = subscription
    ? (await stripe.subscriptions.retrieve(subscription, { expand: ['default_payment_method'] })).default_payment_method
    : null;
  const holder = own ?? (await usualCard(stripe, customer));
  const card = typeof holder === 'string' ? null : holder?.card;
  return card ? { brand: card.display_brand ?? card.brand, last4: card.last4, expires: `${card.exp_month} / ${card.exp_year}` } : null;
}

async function usualCard(stripe: Stripe, customer: string): Promise<string | Stripe.PaymentMethod | null> {
  const found = await stripe.customers.retrieve(customer, { expand: ['invoice_settings.default_payment_method'] });
  return found.deleted ? null : found.invoice_settings.default_payment_method;
}

/** A payment to come; the amount in minor units, the time as ISO 8601. */
export type NextPayment = { amount: number; currency: string; at: string };

/** What the next period will cost, and when it is collected; null when nothing more is billed. */
export async function findNextPayment(
  stripe: Stripe,
  { customer, subscription, ends_at, status }: BillingState,
): Promise<NextPayment | null> {
  // While a payment is owed the next one is not what matters.
  if (!customer || !subscription || ends_at || status === 'past_due') return null;
  const { amount_due, currency, period_end, next_payment_attempt } = await stripe.invoices.createPreview({ customer, subscription });
  return { amount: amount_due, currency, at: iso(next_payment_attempt ?? period_end) };
}

/** What is owed altogether; null when nothing is. */
export async function findOwed(
  stripe: Stripe,
  { customer, past_due_since }: BillingState,
): Promise<{ amount: number; currency: string } | null> {
  if (!customer || !past_due_since) return null;
  const owed = owedOf((await stripe.invoices.list({ customer, status: 'open', limit: 100 })).data);
  const [first] = owed;
  return first ? { amount: owed.reduce((sum, { amount_remaining }) => sum + amount_remaining, 0), currency: first.currency } : null;
}

/** What a change at once costs now. */
export type ChangePreview = { due: number; currency: string; lines: { text: string; amount: number }[]; prorationDate: number };

/**
 * What a change would cost, were it made at a moment. Making it with the same moment costs the same.
 * @param prorationDate in Unix seconds
 */
export async function previewChange(stripe: Stripe, state: BillingState, offer: Offer, prorationDate: number): Promise<ChangePreview> {
  if (!state.subscription || !offer.price) throw new AppError('not_found');
  const { items } = await stripe.subscriptions.retrieve(state.subscription);
  const preview = await stripe.invoices.createPreview({
    subscription: state.subscription,
    subscription_details: {
      items: [{ id: items.data[0]?.id ?? '', price: offer.price }],
      proration_behavior: 'always_invoice',
      proration_date: prorationDate,
    },
  });
  return {
    due: preview.amount_due,
    currency: preview.currency,
    lines: preview.lines.data.map(({ description, amount }) => ({ text: description ?? '', amount })),
    prorationDate,
  };
}

/** The secret of the form that the clinic's newest open payment page shows; null where none is open, or none that can be embedded. */
export async function findEmbeddedForm(stripe: Stripe, state: BillingState): Promise<string | null> {
  if (!state.customer) return null;
  const { data } = await stripe.checkout.sessions.list({ customer: state.customer, status: 'open', limit: 1 });
  return data[0]?.client_secret ?? null;
}
