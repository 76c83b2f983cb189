import 'server-only';
import { requireClinic } from '@/lib/access/gate';
import { listGrants, readUsageHistory } from './queries';
import { fillDays, projectMonthEnd, type Trend } from './series';

/** What the page of a clinic's usage shows: the last 30 days. */
export async function loadUsage() {
  const scope = await requireClinic();
  const { facts } = scope;
  const [history, grants] = await Promise.all([readUsageHistory(scope.db, 30), listGrants(scope)]);
  const trend = (metric: Trend['metric']): Trend => {
    const { used, period } = facts.usage[metric];
    const days = fillDays(
      history,
      history.days.filter((point) => point.metric === metric),
      period === 'total',
    );
    return { metric, days, monthEnd: projectMonthEnd(days, used, period) };
  };
  return {
    facts,
    grants,
    trends: [trend('patients'), trend('users'), trend('mails')],
    active: fillDays(history, history.active, false),
    features: history.features,
  };
}
