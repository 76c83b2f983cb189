import 'server-only';
import type Stripe from 'stripe';

/** What the portal is for: plans are changed, cancelled and resumed on our own page alone, whatever the account is set to. */
async function portalConfiguration(stripe: Stripe): Promise<string> {
  const { data } = await stripe.billingPortal.configurations.list({ active: true, limit: 100 });
  const found = data.find(({ metadata }) => metadata?.purpose === 'clinics');
  if (found) return found.id;
  const made = await stripe.billingPortal.configurations.create({
    features: {
      customer_update: { enabled: true, allowed_updates: ['name', 'address', 'tax_id'] },
      invoice_history: { enabled: true },
      payment_method_update: { enabled: true },
      subscription_cancel: { enabled: false },
      subscription_update: { enabled: false },
    },
    metadata: { purpose: 'clinics' },
  });
  return made.id;
}

/**
 * The page of Stripe's on which cards, address and tax ids are kept.
 * @param origin of the clinic's address, to which the page leads back
 */
export async function openPortal(stripe: Stripe, customer: string, origin: string): Promise<string> {
  const configuration = await portalConfiguration(stripe);
  const { url } = await stripe.billingPortal.sessions.create({ customer, configuration, return_url: `${origin}/billing` });
  return url;
}
