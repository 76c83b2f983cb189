import { Alert } from '@/components/ui/alert';
import { Link } from '@/components/ui/link';
import type { ClinicFacts } from '@/lib/access/schema';

/** Why the clinic cannot make roles of its own, and where that is to be had. */
export function OwnRolesNotice({ facts }: { facts: ClinicFacts }) {
  return (
    <Alert kind="notice" className="mb-6">
      Roles of your own come with the Professional plan; yours is {facts.plan.name}. The fixed roles stay as they are.{' '}
      {facts.permissions.includes('billing.read') && (
        <Link href="/billing" className="underline underline-offset-4">
          See the plans
        </Link>
      )}
    </Alert>
  );
}
