import type { Metadata } from 'next';
import { Suspense } from 'react';
import { PlanComparison } from '@/components/marketing/plan-comparison';
import { PriceCards } from '@/components/marketing/price-cards';
import { Questions } from '@/components/marketing/questions';
import { loadPlans } from '@/lib/billing/loaders';
import { env } from '@/lib/infra/env';
import { subdomainOrigin } from '@/lib/infra/hosts';

export const metadata: Metadata = { title: 'Prices', description: 'What each plan costs and holds, monthly and yearly.' };

export default async function PricingPage() {
  const plans = await loadPlans();
  const signUpUrl = subdomainOrigin('signup', env().APP_URL);
  return (
    <div className="flex flex-col gap-14 pt-10 sm:pt-16">
      <section className="flex flex-col gap-6">
        <div>
          <h1 className="font-semibold text-3xl sm:text-4xl">Prices</h1>
          <p className="mt-3 max-w-xl text-lg text-muted-foreground">
            Every clinic starts with fourteen free days of Professional. A year costs ten months.
          </p>
        </div>
        <PriceCards plans={plans} signUpUrl={signUpUrl} />
      </section>
      {/* As on the landing page: each part comes alive by itself, so that none keeps the page from answering. */}
      <Suspense>
        <section aria-labelledby="detail" className="flex flex-col gap-4">
          <h2 id="detail" className="font-semibold text-2xl">
            Plans in detail
          </h2>
          <PlanComparison plans={plans} signUpUrl={signUpUrl} />
        </section>
      </Suspense>
      <Suspense>
        <Questions />
      </Suspense>
    </div>
  );
}
