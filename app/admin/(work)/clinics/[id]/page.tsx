import type { Metadata } from 'next';
import { ClinicDetails } from '@/components/platform/clinic-details';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import { env } from '@/lib/infra/env';
import { subdomainOrigin } from '@/lib/infra/hosts';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadClinic } from '@/lib/platform/loaders';

type Props = { params: Promise<{ id: string }>; searchParams: Promise<SearchParams> };

const messages: Record<string, string> = {
  held: 'The clinic is on hold. Its staff are signed out.',
  lifted: 'The hold is lifted.',
};

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await loadClinic((await params).id)).name };
}

export default async function ClinicPage({ params, searchParams }: Props) {
  const clinic = await loadClinic((await params).id);
  const { saved } = await searchParams;
  const message = typeof saved === 'string' ? messages[saved] : undefined;
  return (
    <>
      {message && <SavedMessage>{message}</SavedMessage>}
      <PageHeader title={clinic.name} subtitle={clinic.slug} />
      <ClinicDetails clinic={clinic} address={subdomainOrigin(clinic.slug, env().APP_URL)} />
    </>
  );
}
