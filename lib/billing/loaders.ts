import 'server-only';
import { unstable_cache } from 'next/cache';
import { notFound, redirect } from 'next/navigation';
import { requireBilling, requireClinic } from '@/lib/access/gate';
import { describeError, logger } from '@/lib/infra/logger';
import { stripe } from '@/lib/infra/stripe';
import { dataClient } from '@/lib/infra/supabase';
import { isFeature, standingOf } from './features';
import { paymentPage } from './payment-page';
import { listExcess, listPlans, readBilling } from './queries';
import type { BillingState } from './schema';
import { findCard, findEmbeddedForm, findNextPayment, findOwed, listInvoices } from './stripe-queries';

/** The plans of the price page; remembered for a minute. */
export const loadPlans = unstable_cache(listPlans, ['plans'], { revalidate: 60 });

/** A feature of the catalogue for its page, and how the clinic stands to it; a 404 for anything else. */
export async function loadFeature(name: string) {
  const { facts } = await requireClinic();
  if (!isFeature(name)) notFound();
  return { facts, feature: name, standing: standingOf(facts, await loadPlans(), name) };
}

/** What the plan's page shows. `working` is null under a hold, `mayChange` for those who only look. */
export async function loadBilling() {
  const { facts, working } = await requireBilling();
  const db = await dataClient();
  const [state, excess, plans] = await Promise.all([readBilling(db), listExcess(db), loadPlans()]);
  return { facts, working, state, excess, plans, mayChange: facts.permissions.includes('billing.update') };
}

/** The page that embeds Stripe's form; back to the plan where there is nothing to pay on it. */
export async function loadEmbeddedForm() {
  const { facts } = await requireBilling();
  const page = paymentPage();
  if (page.kind !== 'embedded' || !facts.permissions.includes('billing.update')) redirect('/billing');
  const state = await readBilling(await dataClient());
  const form = await unlessAway(findEmbeddedForm(stripe(), state).then((secret) => ({ secret })));
  if (form && !form.secret) redirect('/billing');
  return { facts, publishableKey: page.key, clientSecret: form?.secret ?? null };
}

/** What Stripe answers; null when it cannot be asked, so that the rest of a page shows all the same. */
async function unlessAway<T>(question: Promise<T>): Promise<T | null> {
  return question.catch((error: unknown) => {
    logger.warn(describeError(error), 'Stripe did not answer a page');
    return null;
  });
}

/** The clinic's invoices, as Stripe knows them now; null when it cannot be asked. */
export const loadInvoices = (state: BillingState) => unlessAway(listInvoices(stripe(), state));

/** The card on file, what is owed and the next payment; null when Stripe cannot be asked. */
export const loadPaymentFacts = (state: BillingState) =>
  unlessAway(
    Promise.all([findCard(stripe(), state), findOwed(stripe(), state), findNextPayment(stripe(), state)]).then(([card, owed, next]) => ({
      card,
      owed,
      next,
    })),
  );
