import { env } from '@/lib/infra/env';

/**
 * Where plans are bought: with Stripe's publishable key in a form that Stripe embeds in a page of ours, otherwise on a page of
 * Stripe's. The only place that decides.
 */
export function paymentPage(): { kind: 'hosted' } | { kind: 'embedded'; key: string } {
  const { STRIPE_PUBLISHABLE_KEY } = env();
  return STRIPE_PUBLISHABLE_KEY ? { kind: 'embedded', key: STRIPE_PUBLISHABLE_KEY } : { kind: 'hosted' };
}

/** The page of ours with Stripe's form; the only one that carries a script of a third party. */
export const embeddingPage = '/billing/checkout';
