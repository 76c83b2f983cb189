import type { Metadata } from 'next';
import { BarChart } from '@/components/ui/bar-chart';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';
import { FeatureUses } from '@/components/usage/feature-uses';
import { GrantList } from '@/components/usage/grants';
import { LiveUsage } from '@/components/usage/live-usage';
import { MetricTrend } from '@/components/usage/metric-trend';
import { formatShortDate } from '@/lib/time/format';
import { loadUsage } from '@/lib/usage/loaders';

export const metadata: Metadata = { title: 'Usage' };

export default async function UsagePage() {
  const { facts, grants, trends, active, features } = await loadUsage();
  return (
    <>
      <PageHeader
        title="Usage"
        subtitle={`What ${facts.clinic.name} uses, as it changes. Your plan is ${facts.plan.name}.`}
        actions={
          facts.permissions.includes('billing.read') && (
            <Button asChild variant="outline">
              <Link href="/billing">See the plans</Link>
            </Button>
          )
        }
      />
      <div className="grid gap-6">
        <Card className="flex flex-col gap-5">
          <h2 className="font-semibold">Now</h2>
          <LiveUsage usage={facts.usage} metrics={['patients', 'users', 'mails']} />
          <GrantList grants={grants} timeZone={facts.clinic.time_zone} />
          <p className="text-muted-foreground text-sm">
            Open invitations count as people, archived patients do not count. Months and days are those of {facts.clinic.time_zone}.
            {!facts.permissions.includes('billing.read') && ' For more room, ask those who run your clinic’s account for a larger plan.'}
          </p>
        </Card>
        <div className="grid items-start gap-6 lg:grid-cols-2">
          {trends.map((trend) => (
            <MetricTrend key={trend.metric} trend={trend} limit={facts.usage[trend.metric].limit} />
          ))}
          <BarChart
            title="People at work, by day"
            unit="People"
            step="Day"
            bars={active.map(({ day, used }) => ({ label: formatShortDate(day), value: used }))}
          />
        </div>
        <FeatureUses uses={features} />
      </div>
    </>
  );
}
