import type { Metadata } from 'next';
import { MissingFeature } from '@/components/billing/missing-feature';
import { PageHeader } from '@/components/ui/page-header';
import { features } from '@/lib/billing/features';
import { loadFeature } from '@/lib/billing/loaders';

type Props = { params: Promise<{ feature: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: features[(await loadFeature((await params).feature)).feature].label };
}

export default async function FeaturePage({ params }: Props) {
  const { facts, feature, standing } = await loadFeature((await params).feature);
  return (
    <>
      <PageHeader title={features[feature].label} subtitle={features[feature].about} />
      <MissingFeature facts={facts} feature={feature} standing={standing} />
    </>
  );
}
