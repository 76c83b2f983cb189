import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import type { ClinicFacts } from '@/lib/access/schema';
import { type Feature, features, type standingOf } from '@/lib/billing/features';

type Standing = ReturnType<typeof standingOf>;
type MissingFeatureProps = { facts: ClinicFacts; feature: Feature; standing: Standing };

function sentence(standing: Standing, own: string): string {
  if (standing === 'has') return `Your ${own} plan has it.`;
  if (standing === 'granted') return 'We have granted it to your clinic, beside your plan.';
  if (standing === 'taken') return 'It is switched off for your clinic. Please write to us.';
  if (standing === 'nowhere') return 'No plan has it at the moment.';
  return `It comes with the ${standing.plan} plan and every larger one; yours is ${own}.`;
}

/** How the clinic stands to a feature, which plan has it, and the way there for who may change the plan. */
export function MissingFeature({ facts, feature, standing }: MissingFeatureProps) {
  return (
    <Card className="flex max-w-2xl flex-col items-start gap-4">
      {!features[feature].ready && <Badge>in the works</Badge>}
      <p>{sentence(standing, facts.plan.name)}</p>
      {typeof standing === 'object' &&
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
