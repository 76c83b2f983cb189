import type { Metadata } from 'next';
import { ActivityTabs } from '@/components/audit/activity-tabs';
import { AuditFilters } from '@/components/audit/audit-filters';
import { AuditList } from '@/components/audit/audit-list';
import { VerifyLog } from '@/components/audit/verify-log';
import { Feature } from '@/components/billing/feature';
import { ExportButton } from '@/components/form/export-button';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';
import { Pager } from '@/components/ui/pager';
import { auditAddress } from '@/lib/audit/address';
import { loadAudit } from '@/lib/audit/loaders';
import type { SearchParams } from '@/lib/infra/search-params';

export const metadata: Metadata = { title: 'Activity' };

type Props = { searchParams: Promise<SearchParams> };

export default async function ActivityPage({ searchParams }: Props) {
  const { facts, query, page, choices } = await loadAudit(await searchParams);
  const { before: _before, after: _after, ...filter } = query;
  return (
    <>
      <PageHeader
        title="Activity"
        subtitle={`Who did what, and who opened which record; nothing here can be changed or removed. Times of ${facts.clinic.time_zone}.`}
        actions={
          <>
            {facts.permissions.includes('exports.create') && (
              <Feature
                feature="audit_export"
                facts={facts}
                fallback={
                  <Button asChild variant="outline">
                    <Link href="/features/audit_export">Export: which plan has it</Link>
                  </Button>
                }
              >
                <ExportButton address="/api/activity/export" body={filter} fileName="activity.csv" />
              </Feature>
            )}
            <VerifyLog />
          </>
        }
      />
      <ActivityTabs current="/activity" permissions={facts.permissions} />
      <AuditFilters query={query} choices={choices} />
      {query.record && (
        <p className="mb-4 text-sm">
          About one record only.{' '}
          {query.action !== 'patients.opened' && page.rows.some(({ action }) => action.startsWith('patients.')) && (
            <Link href={auditAddress({ ...filter, action: 'patients.opened' })} className="text-primary underline underline-offset-4">
              Who has opened it
            </Link>
          )}
        </p>
      )}
      {page.rows.length === 0 ? (
        <Card className="flex flex-col items-start gap-3">
          <p>Nothing in the log matches this.</p>
          <Link href="/activity" className="font-medium text-primary text-sm underline-offset-4 hover:underline">
            Show everything
          </Link>
        </Card>
      ) : (
        <AuditList entries={page.rows} timeZone={facts.clinic.time_zone} permissions={facts.permissions} />
      )}
      <Pager
        names={{ previous: 'Newer', next: 'Older' }}
        previous={page.after === null ? null : auditAddress({ ...filter, after: page.after })}
        next={page.before === null ? null : auditAddress({ ...filter, before: page.before })}
      />
    </>
  );
}
