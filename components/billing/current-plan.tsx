import { Card } from '@/components/ui/card';
import { type Fact, Facts } from '@/components/ui/facts';
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
          <Facts
            rows={[
              ['State', statuses[facts.plan.status]],
              ['Price', `${formatPrice(plan.prices.month)} a month, or ${formatPrice(plan.prices.year)} a year`],
              ...limitRows.map((row): Fact => [row.label, writeLimit(plan, row)]),
              ...included.map(({ label }): Fact => [label, 'included']),
            ]}
          />
        </Card>
      )}
    </div>
  );
}
