import { Card } from '@/components/ui/card';
import type { ClinicFacts } from '@/lib/access/schema';

function Usage({ label, used, limit }: { label: string; used: number; limit: number | null }) {
  const share = limit ? Math.min(100, (used / limit) * 100) : 0;
  return (
    <div>
      <div className="flex justify-between gap-3 text-sm">
        <span>{label}</span>
        <span className="text-muted-foreground tabular-nums">
          {used.toLocaleString('en')} {limit === null ? '· unlimited' : `of ${limit.toLocaleString('en')}`}
        </span>
      </div>
      {limit !== null && (
        <div aria-hidden className="mt-1.5 h-1.5 overflow-hidden rounded-full bg-muted">
          <div className={share >= 80 ? 'h-full bg-warning' : 'h-full bg-primary'} style={{ width: `${share}%` }} />
        </div>
      )}
    </div>
  );
}

function UsageBars({ usage }: Pick<ClinicFacts, 'usage'>) {
  return (
    <>
      <Usage label="Active patients" {...usage.patients} />
      <Usage label="People" {...usage.users} />
    </>
  );
}

function trialLine(endsAt: string, timeZone: string): string {
  const days = Math.max(0, Math.ceil((new Date(endsAt).getTime() - Date.now()) / 86_400_000));
  const date = new Date(endsAt).toLocaleDateString('en', { dateStyle: 'long', timeZone });
  return `Free trial until ${date}, ${days} ${days === 1 ? 'day' : 'days'} left.`;
}

/** How much of what the plan allows is used. */
export function UsageCard({ usage }: Pick<ClinicFacts, 'usage'>) {
  return (
    <Card className="flex flex-col gap-4">
      <h2 className="font-semibold">Used of what the plan allows</h2>
      <UsageBars usage={usage} />
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
      <UsageBars usage={usage} />
    </Card>
  );
}
