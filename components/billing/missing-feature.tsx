import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import type { ClinicFacts } from '@/lib/access/schema';
import { type Feature, features, hasFeature } from '@/lib/billing/features';

type MissingFeatureProps = { facts: ClinicFacts; feature: Feature; plan: string | undefined };

/** Whether the clinic has a feature, which plan has it, and the way there for who may change the plan. */
export function MissingFeature({ facts, feature, plan }: MissingFeatureProps) {
  const has = hasFeature({ facts }, feature);
  const elsewhere = plan
    ? `It comes with the ${plan} plan and every larger one; yours is ${facts.plan.name}.`
    : 'No plan has it at the moment.';
  return (
    <Card className="flex max-w-2xl flex-col items-start gap-4">
      {!features[feature].ready && <Badge>in the works</Badge>}
      <p>{has ? `Your ${facts.plan.name} plan has it.` : elsewhere}</p>
      {!has &&
        (facts.permissions.includes('billing.read') ? (
          <Button asChild>
            <Link href="/billing">See the plans</Link>
          </Button>
        ) : (
          <p className="text-muted-foreground text-sm">Those who run your clinic’s account can change the plan.</p>
        ))}
    </Card>
  );
}
