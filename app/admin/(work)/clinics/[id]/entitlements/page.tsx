import type { Metadata } from 'next';
import { EntitlementLists } from '@/components/platform/entitlements';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadEntitlements } from '@/lib/platform/loaders';

type Props = { params: Promise<{ id: string }>; searchParams: Promise<SearchParams> };

export const metadata: Metadata = { title: 'Limits and features' };

export default async function EntitlementsPage({ params, searchParams }: Props) {
  const { clinic, entitlements } = await loadEntitlements((await params).id);
  const { saved } = await searchParams;
  return (
    <>
      {saved === 'yes' && <SavedMessage>Saved. It counts from now on.</SavedMessage>}
      <PageHeader title="Limits and features" subtitle={`${clinic.name}, ${clinic.plan} plan`} />
      <EntitlementLists clinic={clinic.id} entitlements={entitlements} />
    </>
  );
}
