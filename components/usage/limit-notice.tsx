import { Alert } from '@/components/ui/alert';
import { Link } from '@/components/ui/link';
import type { ClinicFacts, Usage } from '@/lib/access/schema';
import { writeRefusal } from '@/lib/infra/metrics';

type LimitNoticeProps = { facts: ClinicFacts; metric: keyof Usage; hint?: string };

/** Says before the work is done that nothing more fits, and where there is more room; nothing while something fits. */
export function LimitNotice({ facts, metric, hint }: LimitNoticeProps) {
  const { used, limit } = facts.usage[metric];
  if (limit === null || used < limit) return null;
  return (
    <Alert kind="notice">
      {writeRefusal(metric, used, limit)} {hint}{' '}
      {facts.permissions.includes('billing.read') ? (
        <Link href="/billing" className="underline underline-offset-4">
          See the plans
        </Link>
      ) : (
        'Ask those who run your clinic’s account for a larger plan.'
      )}
    </Alert>
  );
}
