import type { Metadata } from 'next';
import { BillingFrame } from '@/components/billing/billing-frame';
import { EmbeddedCheckout } from '@/components/billing/embedded-checkout';
import { PageHeader } from '@/components/layout/page-header';
import { loadEmbeddedForm } from '@/lib/billing/loaders';

export const metadata: Metadata = { title: 'Payment' };

export default async function CheckoutPage() {
  const { facts, working, publishableKey, clientSecret } = await loadEmbeddedForm();
  return (
    <BillingFrame working={working}>
      <PageHeader title="Payment" subtitle={facts.clinic.name} />
      <EmbeddedCheckout publishableKey={publishableKey} clientSecret={clientSecret} />
    </BillingFrame>
  );
}
