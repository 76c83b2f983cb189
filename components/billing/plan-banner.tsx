import { Link } from '@/components/ui/link';
import type { ClinicFacts } from '@/lib/access/schema';
import { daysUntil } from '@/lib/time/days';
import { formatDay } from '@/lib/time/format';

const link = 'font-medium text-primary underline underline-offset-4';

/** What those who see the plan are reminded of on every page: the end of a trial, and a payment that is owed. */
export function PlanBanner({ plan, timeZone }: { plan: ClinicFacts['plan']; timeZone: string }) {
  const { status, trial_ends_at, chosen, owed_until } = plan;
  if (status === 'past_due')
    return (
      <p className="mb-6 rounded-lg border border-warning/50 bg-warning/10 px-4 py-2 text-sm text-warning-foreground">
        A payment for your plan did not go through.{owed_until && ` Everything works until ${formatDay(owed_until, timeZone)}.`}{' '}
        <Link href="/billing" className={link}>
          Pay now
        </Link>
      </p>
    );
  if (status !== 'trialing' || !trial_ends_at) return null;
  const days = daysUntil(trial_ends_at);
  const left = days > 1 ? `${days} days left` : days === 1 ? 'the last day' : 'it has ended';
  return (
    <p className="mb-6 text-muted-foreground text-sm">
      Free trial: {left}.{chosen ? ` Then ${chosen} begins.` : ''}{' '}
      <Link href="/billing" className={link}>
        {chosen ? 'See your plan' : 'Choose a plan'}
      </Link>
    </p>
  );
}
