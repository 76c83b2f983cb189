import { BarChart } from '@/components/ui/bar-chart';
import { writeAmount } from '@/lib/infra/metrics';
import { formatShortDate } from '@/lib/time/format';
import type { Trend } from '@/lib/usage/series';

const titles: Record<Trend['metric'], { title: string; unit: string }> = {
  patients: { title: 'Active patients, 30 days', unit: 'Patients' },
  users: { title: 'People and open invitations, 30 days', unit: 'People' },
  mails: { title: 'Mails sent, by day', unit: 'Mails' },
};

function outlook({ metric, days, monthEnd }: Trend, limit: number | null): string {
  if (days.every(({ used }) => used === 0)) return 'Nothing yet.';
  if (monthEnd === null) return 'Too little has happened yet to say how the month will end.';
  const amount = writeAmount(metric, monthEnd);
  const expected =
    metric === 'mails' ? `At this pace about ${amount} this month` : `At this pace it will be about ${amount} at the end of the month`;
  return limit !== null && monthEnd > limit ? `${expected}: more than the limit of ${writeAmount(metric, limit)}.` : `${expected}.`;
}

/** How a metric went in the last 30 days, and where it is going. */
export function MetricTrend({ trend, limit }: { trend: Trend; limit: number | null }) {
  const { title, unit } = titles[trend.metric];
  return (
    <BarChart
      title={title}
      unit={unit}
      step="Day"
      note={outlook(trend, limit)}
      bars={trend.days.map(({ day, used }) => ({ label: formatShortDate(day), value: used }))}
    />
  );
}
