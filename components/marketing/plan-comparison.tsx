import type { ReactNode } from 'react';
import { Badge } from '@/components/ui/badge';
import { features as catalogue, featureKeys } from '@/lib/billing/features';
import { limitRows, type Plan, writeLimit } from '@/lib/billing/plans';
import { metricLabel } from '@/lib/infra/metrics';

function Row({ label, plans, cell }: { label: ReactNode; plans: Plan[]; cell: (plan: Plan) => ReactNode }) {
  return (
    <tr className="border-t">
      <th scope="row" className="py-2.5 pr-4 text-left font-normal">
        {label}
      </th>
      {plans.map((plan) => (
        <td key={plan.key} className="px-3 py-2.5 text-center tabular-nums">
          {cell(plan)}
        </td>
      ))}
    </tr>
  );
}

// Signs and not pictures: there are many, and each element delays the moment at which the page answers.
const included = (
  <span role="img" aria-label="included" className="text-primary">
    ✓
  </span>
);
const missing = (
  <span role="img" aria-label="not included" className="text-muted-foreground">
    –
  </span>
);

/** What each plan holds, line by line; what is still being built says so. */
export function PlanComparison({ plans, signUpUrl }: { plans: Plan[]; signUpUrl: string }) {
  return (
    <section
      aria-label="All plans in detail"
      className="below-the-fold relative overflow-x-auto rounded-xl border bg-card px-4 py-2 sm:px-6"
    >
      <table className="w-full min-w-160 text-sm">
        <thead>
          <tr>
            <td className="py-3" />
            {plans.map(({ key, name }) => (
              <th key={key} scope="col" className="px-3 py-3 font-semibold">
                <a href={signUpUrl} className="underline-offset-4 hover:underline">
                  {name}
                </a>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {limitRows.map((metric) => (
            <Row key={metric} label={metricLabel(metric)} plans={plans} cell={(plan) => writeLimit(plan, metric)} />
          ))}
          {featureKeys.map((feature) => (
            <Row
              key={feature}
              plans={plans}
              label={
                <span className="flex flex-wrap items-center gap-2">
                  {catalogue[feature].label}
                  {feature === 'import' && ' (also in the trial)'}
                  {!catalogue[feature].ready && <Badge>in the works</Badge>}
                </span>
              }
              cell={({ features }) => (features.includes(feature) ? included : missing)}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}
