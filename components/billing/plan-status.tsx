import type { ReactNode } from 'react';
import { ActButton } from '@/components/form/act-button';
import { Alert } from '@/components/ui/alert';
import { Badge } from '@/components/ui/badge';
import { Card } from '@/components/ui/card';
import { type Fact, Facts } from '@/components/ui/facts';
import { manage, pay, takeBack } from '@/lib/billing/actions';
import { type Plan, writePrice } from '@/lib/billing/plans';
import type { BillingState } from '@/lib/billing/schema';
import { formatDay } from '@/lib/time/format';
import { CancelPlan } from './cancel-plan';

const statuses: Record<BillingState['status'], string> = {
  trialing: 'Free trial',
  active: 'Active',
  past_due: 'Payment overdue',
  cancelled: 'Ended',
};

type StatusProps = { state: BillingState; timeZone: string; mayChange: boolean };

/** What the clinic has to know or decide about its plan now; nothing when all is well. */
export function PlanNotice({ state, timeZone, mayChange }: StatusProps): ReactNode {
  const day = (moment: string) => formatDay(moment, timeZone);
  const { status, past_due_since, owed_until, ends_at, next, bought, trial_ends_at, grace_ends_at } = state;
  const notices: { text: string; act?: ReactNode }[] = [];
  if (past_due_since && owed_until) {
    const text =
      status === 'past_due' && Date.parse(owed_until) > Date.now()
        ? `A payment did not go through. Everything works until ${day(owed_until)}; if nothing is paid by then, the clinic is put on hold.`
        : `A payment has been open since ${day(past_due_since)}. Paying it opens the clinic within a minute.`;
    notices.push({ text, act: <ActButton label="Pay now" action={pay} size="sm" /> });
  } else if (status === 'cancelled')
    notices.push({ text: 'Your plan has ended, and the clinic has more than Free holds. Choosing a plan opens it again.' });
  if (bought && ends_at)
    notices.push({
      text: `Your plan is cancelled. It goes on until ${day(ends_at)}, and nothing more is charged.`,
      act: <ActButton label="Resume the plan" action={takeBack} size="sm" variant="outline" />,
    });
  else if (bought && next)
    notices.push({
      text: `On ${day(next.starts_at)} your plan changes to ${next.name}, ${writePrice(next)}.`,
      act: <ActButton label={`Keep ${bought.name}`} action={takeBack} size="sm" variant="outline" />,
    });
  else if (status === 'trialing' && trial_ends_at && grace_ends_at)
    notices.push({ text: trialText(state, trial_ends_at, grace_ends_at, day) });
  return notices.map(({ text, act }) => (
    <Alert key={text} kind="notice" className="mb-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0">{text}</p>
        {mayChange && act}
      </div>
    </Alert>
  ));
}

function trialText({ bought, stripe_status }: BillingState, endsAt: string, graceEnds: string, day: (moment: string) => string): string {
  if (stripe_status === 'trialing' && bought)
    return `Your trial goes on until ${day(endsAt)}. Then ${bought.name} begins, ${writePrice(bought)}.`;
  if (Date.parse(endsAt) > Date.now())
    return `Your free trial goes on until ${day(endsAt)}. Choose a plan before then, and everything stays as it is.`;
  return Date.parse(graceEnds) > Date.now()
    ? `Your free trial ended on ${day(endsAt)}. Choose a plan by ${day(graceEnds)}; then the clinic is put on hold.`
    : `Your free trial ended on ${day(endsAt)}. Choosing a plan opens the clinic again.`;
}

/** The plan, what it costs and until when it is paid. */
export function PlanStatus({ state, plans, timeZone, mayChange, payment }: StatusProps & { plans: Plan[]; payment: ReactNode }) {
  const { plan, bought, status, period_start, period_end, ends_at } = state;
  const shown = bought ?? plan;
  const paying = bought !== null && state.stripe_status !== 'trialing';
  const inTrial = status === 'trialing';
  const rows: Fact[] = [
    [
      'Price',
      inTrial
        ? 'Free during the trial'
        : bought
          ? writePrice(bought)
          : state.free || plan.key === 'free'
            ? 'Free of charge'
            : 'By agreement',
    ],
    ...(inTrial && bought && !ends_at ? [['Then', `${bought.name}, ${writePrice(bought)}`] satisfies Fact] : []),
    ...(paying && period_start && period_end
      ? [['Present period', `${formatDay(period_start, timeZone)} – ${formatDay(period_end, timeZone)}`] satisfies Fact]
      : []),
  ];
  const latest = plans.find(({ key }) => key === shown.key);
  const kept = bought?.interval && latest && bought.amount !== latest.prices[bought.interval];
  return (
    <Card className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="font-semibold">{plan.name}</h2>
        <Badge>{bought && ends_at ? 'Cancelled' : statuses[status]}</Badge>
      </div>
      <div>
        <Facts rows={rows} />
        {payment}
      </div>
      {kept && <p className="text-muted-foreground text-sm">You keep the terms on which you bought this plan, until you change it.</p>}
      {mayChange && bought && (
        <div className="flex flex-wrap gap-2">
          <ActButton label="Payment and address" action={manage} variant="outline" />
          {!ends_at && period_end && <CancelPlan until={formatDay(period_end, timeZone)} plan={bought.name} />}
        </div>
      )}
    </Card>
  );
}
