import type { ReactNode } from 'react';
import { Alert } from '@/components/ui/alert';
import { Link } from '@/components/ui/link';
import type { ClinicFacts } from '@/lib/access/schema';
import { type Feature as FeatureKey, features, hasFeature } from '@/lib/billing/features';

type FeatureProps = {
  feature: FeatureKey;
  facts: ClinicFacts;
  children?: ReactNode;
  /** Instead of the words about what is missing; null for nothing. */
  fallback?: ReactNode;
};

/** What is shown where the clinic has a feature; otherwise a word about it, with the way to what it does and which plan has it. */
export function Feature({ feature, facts, children, fallback }: FeatureProps) {
  if (hasFeature({ facts }, feature)) return children;
  if (fallback !== undefined) return fallback;
  return (
    <Alert kind="notice" className="mb-6">
      {features[feature].label}: your clinic does not have this.{' '}
      <Link href={`/features/${feature}`} className="font-medium underline underline-offset-4">
        What it does, and which plan has it
      </Link>
    </Alert>
  );
}
