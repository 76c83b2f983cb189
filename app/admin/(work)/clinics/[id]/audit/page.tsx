import type { Metadata } from 'next';
import { AuditTable } from '@/components/platform/audit-table';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadClinicAudit } from '@/lib/platform/loaders';

export const metadata: Metadata = { title: 'Activity' };

type Props = { params: Promise<{ id: string }>; searchParams: Promise<SearchParams> };

export default async function ClinicAuditPage({ params, searchParams }: Props) {
  const { clinic, entries, earlier } = await loadClinicAudit((await params).id, await searchParams);
  return (
    <>
      <PageHeader
        title="Activity"
        subtitle={
          <Link href={`/clinics/${clinic.id}`} className="underline underline-offset-4">
            {clinic.name}
          </Link>
        }
      />
      {entries.length > 0 ? <AuditTable entries={entries} /> : <Card>There is nothing earlier than this.</Card>}
      {earlier && (
        <Button asChild variant="outline" size="sm" className="mt-4">
          <Link href={`/clinics/${clinic.id}/audit?before=${earlier}`}>Earlier</Link>
        </Button>
      )}
    </>
  );
}
