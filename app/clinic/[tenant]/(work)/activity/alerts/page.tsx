import type { Metadata } from 'next';
import { ActivityTabs } from '@/components/audit/activity-tabs';
import { AlertList } from '@/components/audit/alert-list';
import { Card } from '@/components/ui/card';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import { loadAlerts } from '@/lib/audit/loaders';
import { formatNumber } from '@/lib/infra/numbers';
import type { SearchParams } from '@/lib/infra/search-params';

export const metadata: Metadata = { title: 'Security alerts' };

type Props = { searchParams: Promise<SearchParams> };

export default async function AlertsPage({ searchParams }: Props) {
  const { facts, alerts } = await loadAlerts();
  const { saved } = await searchParams;
  return (
    <>
      {saved === 'resolved' && <SavedMessage>The alert is closed.</SavedMessage>}
      <PageHeader
        title="Activity"
        subtitle={`${formatNumber(alerts.open)} open ${alerts.open === 1 ? 'alert' : 'alerts'}${alerts.total > alerts.rows.length ? `; the first ${alerts.rows.length} of ${formatNumber(alerts.total)} are shown` : ''}`}
      />
      <ActivityTabs current="/activity/alerts" permissions={facts.permissions} />
      {alerts.rows.length === 0 ? (
        <Card>
          Nothing suspicious has been noticed. We look for failed sign-ins, refusals, many records opened at once, exports at night and the
          like, and mail the owner when something turns up.
        </Card>
      ) : (
        <AlertList alerts={alerts.rows} timeZone={facts.clinic.time_zone} canResolve={facts.permissions.includes('audit.resolve')} />
      )}
    </>
  );
}
