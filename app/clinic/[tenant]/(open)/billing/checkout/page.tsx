import type { Metadata } from 'next';
import { EmbeddedCheckout } from '@/components/billing/embedded-checkout';
import { PageHeader } from '@/components/ui/page-header';
import { loadEmbeddedForm } from '@/lib/billing/loaders';

export const metadata: Metadata = { title: 'Payment' };

// Without the app's navigation: leaving this page loads the next one whole, so that Stripe's script stays here.
export default async function CheckoutPage() {
  const { facts, publishableKey, clientSecret } = await loadEmbeddedForm();
  return (
    <main className="mx-auto w-full max-w-4xl px-4 py-6 sm:px-6 sm:py-8">
      <PageHeader title="Payment" subtitle={facts.clinic.name} />
      <EmbeddedCheckout publishableKey={publishableKey} clientSecret={clientSecret} />
    </main>
  );
}
