import type { Metadata } from 'next';
import { CurrentPlan } from '@/components/billing/current-plan';
import { AppFrame } from '@/components/layout/app-frame';
import { PageHeader } from '@/components/layout/page-header';
import { Alert } from '@/components/ui/alert';
import { Link } from '@/components/ui/link';
import { requireBilling } from '@/lib/access/gate';
import { loadPlans } from '@/lib/billing/loaders';

export const metadata: Metadata = { title: 'Plan' };

export default async function BillingPage() {
  const { facts, working } = await requireBilling();
  const content = (
    <>
      <PageHeader title="Plan" subtitle={facts.clinic.name} />
      <CurrentPlan facts={facts} plans={await loadPlans()} />
    </>
  );
  if (working) return <AppFrame facts={working}>{content}</AppFrame>;
  return (
    <main className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-6 sm:py-8">
      <Alert kind="notice" className="mb-6">
        This clinic is on hold.{' '}
        <Link href="/on-hold" className="font-medium underline underline-offset-4">
          See why, and what you can do
        </Link>
      </Alert>
      {content}
    </main>
  );
}
