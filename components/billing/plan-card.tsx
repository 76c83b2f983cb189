import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { LiveUsage } from '@/components/usage/live-usage';
import { UsageBars } from '@/components/usage/usage-bars';
import type { ClinicFacts } from '@/lib/access/schema';
import { daysUntil } from '@/lib/time/days';
import { formatDay } from '@/lib/time/format';

const metrics = ['patients', 'users'] as const;

const overTime = (
  <Link href="/usage" className="self-start font-medium text-primary text-sm underline-offset-4 hover:underline">
    Usage over time
  </Link>
);

function trialLine(endsAt: string, timeZone: string): string {
  const days = Math.max(0, daysUntil(endsAt));
  return `Free trial until ${formatDay(endsAt, timeZone, 'long')}, ${days} ${days === 1 ? 'day' : 'days'} left.`;
}

/** How much of what the plan allows is used; not `live` under a hold, when nothing changes. */
export function UsageCard({ usage, live }: Pick<ClinicFacts, 'usage'> & { live: boolean }) {
  return (
    <Card className="flex flex-col gap-4">
      <h2 className="font-semibold">Used of what the plan allows</h2>
      {live ? <LiveUsage usage={usage} metrics={metrics} /> : <UsageBars usage={usage} metrics={metrics} />}
      {live && overTime}
    </Card>
  );
}

/** The clinic's plan and how much of it is used. */
export function PlanCard({ facts }: { facts: ClinicFacts }) {
  const { plan, usage, clinic } = facts;
  return (
    <Card className="flex flex-col gap-4">
      <div>
        <h2 className="font-semibold">{plan.name}</h2>
        {plan.status === 'trialing' && plan.trial_ends_at && (
          <p className="mt-1 text-muted-foreground text-sm">{trialLine(plan.trial_ends_at, clinic.time_zone)}</p>
        )}
      </div>
      <LiveUsage usage={usage} metrics={metrics} />
      {overTime}
    </Card>
  );
}
