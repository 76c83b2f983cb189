import { Card } from '@/components/ui/card';
import type { ClinicFacts } from '@/lib/access/schema';
import { featureRows, formatPrice, limitRows, type Plan, writeLimit } from '@/lib/billing/plans';
import { PlanCard } from './plan-card';

const statuses: Record<string, string> = {
  trialing: 'Free trial',
  active: 'Active',
  past_due: 'Payment overdue',
  cancelled: 'Cancelled',
};

/** The clinic's plan: what it costs, what it includes, and how much of it is used. */
export function CurrentPlan({ facts, plans }: { facts: ClinicFacts; plans: Plan[] }) {
  const plan = plans.find(({ key }) => key === facts.plan.key);
  const included = featureRows.filter(({ feature, ready }) => ready && facts.plan.features.includes(feature));
  return (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      <PlanCard facts={facts} />
      {plan && (
        <Card>
          <h2 className="font-semibold">What {plan.name} includes</h2>
          <dl className="mt-4 flex flex-col gap-2 text-sm">
            <div className="flex justify-between gap-3">
              <dt className="text-muted-foreground">State</dt>
              <dd>{statuses[facts.plan.status]}</dd>
            </div>
            <div className="flex justify-between gap-3">
              <dt className="text-muted-foreground">Price</dt>
              <dd className="text-right tabular-nums">
                {formatPrice(plan.prices.month)} a month, or {formatPrice(plan.prices.year)} a year
              </dd>
            </div>
            {limitRows.map((row) => (
              <div key={row.metric} className="flex justify-between gap-3">
                <dt className="text-muted-foreground">{row.label}</dt>
                <dd className="tabular-nums">{writeLimit(plan, row)}</dd>
              </div>
            ))}
            {included.map(({ feature, label }) => (
              <div key={feature} className="flex justify-between gap-3">
                <dt className="text-muted-foreground">{label}</dt>
                <dd>included</dd>
              </div>
            ))}
          </dl>
        </Card>
      )}
    </div>
  );
}
