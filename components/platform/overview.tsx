import { BarChart } from '@/components/ui/bar-chart';
import { Card } from '@/components/ui/card';
import { cn } from '@/components/ui/cn';
import { Link } from '@/components/ui/link';
import { formatNumber } from '@/lib/infra/numbers';
import { type Period, periods, type Totals } from '@/lib/platform/schema';
import { formatDate, formatMonth } from '@/lib/time/format';

/** The start of a day, week or month, in the platform's clock. */
function labelOf(start: string, period: Period): string {
  return period === 'month' ? formatMonth(start) : formatDate(start);
}

/** What the platform counts, today and over time. */
export function Overview({ totals, period }: { totals: Totals; period: Period }) {
  const numbers = [
    { label: 'Clinics', value: totals.clinics, href: '/clinics' },
    { label: 'In trial', value: totals.by_status.trialing ?? 0, href: '/clinics?status=trialing' },
    { label: 'Active plans', value: totals.by_status.active ?? 0, href: '/clinics?status=active' },
    { label: 'Overdue', value: totals.by_status.past_due ?? 0, href: '/clinics?status=past_due' },
    { label: 'On hold', value: totals.on_hold, href: '/clinics?hold=open' },
    { label: 'Cancelled', value: totals.by_status.cancelled ?? 0, href: '/clinics?status=cancelled' },
    { label: 'People', value: totals.people },
  ];
  const bars = (value: 'sign_ups' | 'clinics') =>
    totals.over_time.map((entry) => ({ label: labelOf(entry.start, period), value: entry[value] }));
  return (
    <div className="flex flex-col gap-6">
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4 lg:grid-cols-7">
        {numbers.map(({ label, value, href }) => (
          <div key={label} className={cn('relative rounded-xl border bg-card p-4 shadow-xs', href && 'hover:bg-muted/50')}>
            <dt className="text-muted-foreground text-sm">
              {href ? (
                <Link href={href} className="after:absolute after:inset-0 after:rounded-xl">
                  {label}
                </Link>
              ) : (
                label
              )}
            </dt>
            <dd className="mt-1 font-semibold text-2xl tabular-nums">{formatNumber(value)}</dd>
          </div>
        ))}
      </dl>
      <nav aria-label="Period" className="flex self-start rounded-lg border bg-card p-0.5 text-sm">
        {Object.entries(periods).map(([key, label]) => (
          <Link
            key={key}
            href={`/?period=${key}`}
            aria-current={key === period ? 'true' : undefined}
            className="rounded-md px-4 py-1.5 text-muted-foreground hover:text-foreground aria-[current]:bg-muted aria-[current]:font-medium aria-[current]:text-foreground"
          >
            {label}
          </Link>
        ))}
      </nav>
      <div className="grid gap-6 lg:grid-cols-2">
        <BarChart title="Sign-ups" unit="Sign-ups" bars={bars('sign_ups')} />
        <BarChart title="Clinics, cancelled ones included" unit="Clinics" bars={bars('clinics')} />
      </div>
      <Card>
        <h2 className="font-semibold">Clinics by plan</h2>
        {totals.by_plan.length === 0 ? (
          <p className="mt-2 text-muted-foreground text-sm">No clinic has signed up yet.</p>
        ) : (
          <dl className="mt-4 flex flex-col gap-3 text-sm">
            {totals.by_plan.map(({ plan, clinics }) => (
              <div key={plan} className="grid grid-cols-[6.5rem_1fr_auto] items-center gap-3">
                <dt>{plan}</dt>
                <dd aria-hidden className="h-2 overflow-hidden rounded-full bg-muted">
                  <div className="h-full bg-primary" style={{ width: `${(clinics / Math.max(1, totals.clinics)) * 100}%` }} />
                </dd>
                <dd className="tabular-nums">{formatNumber(clinics)}</dd>
              </div>
            ))}
          </dl>
        )}
      </Card>
    </div>
  );
}
