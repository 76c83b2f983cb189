import type { Metadata } from 'next';
import { Suspense } from 'react';
import { CheckoutReturn } from '@/components/billing/checkout-return';
import { InvoiceTable } from '@/components/billing/invoice-table';
import { PaymentFacts } from '@/components/billing/payment-facts';
import { UsageCard } from '@/components/billing/plan-card';
import { PlanChoice } from '@/components/billing/plan-choice';
import { PlanNotice, PlanStatus } from '@/components/billing/plan-status';
import { BillingFrame } from '@/components/shell/billing-frame';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import { offersFor } from '@/lib/billing/compare';
import { loadBilling, loadInvoices, loadPaymentFacts } from '@/lib/billing/loaders';
import type { SearchParams } from '@/lib/infra/search-params';
import { formatDay } from '@/lib/time/format';

export const metadata: Metadata = { title: 'Plan' };

const said: Record<string, string> = {
  changed: 'Your plan is up to date.',
  cancelled: 'Your plan is cancelled. You can resume it until it ends.',
  resumed: 'Your plan goes on.',
  paid: 'Thank you, everything is paid.',
  accepted: 'It is done; this page follows within a minute.',
};

type Props = { searchParams: Promise<SearchParams> };

export default async function BillingPage({ searchParams }: Props) {
  const { done, checkout } = await searchParams;
  const { facts, working, state, excess, plans, mayChange } = await loadBilling();
  const timeZone = facts.clinic.time_zone;
  const day = (moment: string | null) => (moment ? formatDay(moment, timeZone) : null);
  const message = typeof done === 'string' ? said[done] : undefined;
  return (
    <BillingFrame working={working}>
      <PageHeader title="Plan" subtitle={facts.clinic.name} />
      {checkout === 'done' && <CheckoutReturn />}
      {message && <SavedMessage>{message}</SavedMessage>}
      <PlanNotice state={state} timeZone={timeZone} mayChange={mayChange} />
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <PlanStatus
          state={state}
          plans={plans}
          timeZone={timeZone}
          mayChange={mayChange}
          payment={
            state.bought && (
              <Suspense fallback={<p className="text-muted-foreground text-sm">Asking for the card and the next payment …</p>}>
                <PaymentFacts facts={loadPaymentFacts(state)} timeZone={timeZone} />
              </Suspense>
            )
          }
        />
        <UsageCard usage={facts.usage} live={working !== null} />
      </div>
      <h2 className="mt-10 mb-4 font-semibold text-lg">Plans</h2>
      <PlanChoice
        offers={{ month: offersFor(state, plans, excess, 'month'), year: offersFor(state, plans, excess, 'year') }}
        initial={state.bought?.interval ?? 'month'}
        mayChange={mayChange}
        moments={{
          periodEnd: day(state.period_end),
          trialEnd: state.status === 'trialing' ? day(state.trial_ends_at) : null,
          inTrial: state.stripe_status === 'trialing',
          present: state.bought?.name ?? state.plan.name,
        }}
      />
      <h2 className="mt-10 mb-4 font-semibold text-lg">Invoices</h2>
      <Suspense fallback={<p className="text-muted-foreground text-sm">Asking for your invoices …</p>}>
        <InvoiceTable invoices={loadInvoices(state)} timeZone={timeZone} />
      </Suspense>
    </BillingFrame>
  );
}
