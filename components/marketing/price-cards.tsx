import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { cn } from '@/components/ui/cn';
import { formatPrice, type Plan, writeLimit } from '@/lib/billing/plans';
import { metricLabel } from '@/lib/infra/metrics';

const intervals = { month: 'Monthly', year: 'Yearly' } as const;
const shown = ['users', 'patients', 'storage_bytes'] as const;

function Price({ amount, per }: { amount: number; per: string }) {
  return (
    <>
      <span className="font-semibold text-3xl tabular-nums">{formatPrice(amount)}</span>
      <span className="text-muted-foreground text-sm"> {per}</span>
    </>
  );
}

/** The plans side by side, with a switch between monthly and yearly prices that works without scripts. */
export function PriceCards({ plans, signUpUrl }: { plans: Plan[]; signUpUrl: string }) {
  return (
    <div className="group/prices flex flex-col gap-6">
      <fieldset className="flex self-start rounded-lg border bg-card p-0.5 text-sm">
        <legend className="sr-only">How to pay</legend>
        {Object.entries(intervals).map(([value, label]) => (
          <label
            key={value}
            className="cursor-pointer rounded-md px-4 py-1.5 text-muted-foreground has-checked:bg-muted has-checked:font-medium has-checked:text-foreground has-focus-visible:ring-3 has-focus-visible:ring-ring/50"
          >
            <input type="radio" name="interval" value={value} defaultChecked={value === 'month'} className="sr-only" />
            {label}
            {value === 'year' && ', two months free'}
          </label>
        ))}
      </fieldset>
      <ul className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
        {plans.map((plan) => {
          const trial = plan.key === 'professional';
          return (
            <li key={plan.key} className="flex">
              <Card className={cn('flex flex-1 flex-col gap-4', trial && 'border-primary')}>
                <h2 className="flex flex-wrap items-center gap-2 font-semibold text-lg">
                  {plan.name}
                  {trial && <Badge>14 days free</Badge>}
                </h2>
                <p className="group-has-[[value=year]:checked]/prices:hidden">
                  <Price amount={plan.prices.month} per="a month" />
                </p>
                <p className="hidden group-has-[[value=year]:checked]/prices:block">
                  <Price amount={plan.prices.year} per="a year" />
                </p>
                <ul className="flex flex-1 flex-col gap-1.5 text-sm">
                  {shown.map((metric) => (
                    <li key={metric} className="flex justify-between gap-3">
                      <span className="text-muted-foreground">{metricLabel(metric)}</span>
                      <span className="tabular-nums">{writeLimit(plan, metric)}</span>
                    </li>
                  ))}
                </ul>
                <Button asChild variant={trial ? 'primary' : 'outline'}>
                  <a href={signUpUrl}>Start free</a>
                </Button>
              </Card>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
