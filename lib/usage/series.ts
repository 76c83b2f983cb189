import type { Usage } from '@/lib/access/schema';
import { datesBetween } from '@/lib/time/days';
import type { UsageHistory } from './schema';

type Point = { day: string; used: number };

/** How a metric went, day by day, and what it is expected to be at the end of the month; null where nothing can be said yet. */
export type Trend = { metric: keyof Usage; days: Point[]; monthEnd: number | null };

/**
 * A value for each day of a history: of what has a total, days without a change have the last one's; of everything else, none.
 * @param kept whether the metric has a total
 */
export function fillDays({ first, today }: Pick<UsageHistory, 'first' | 'today'>, points: Point[], kept: boolean): Point[] {
  const found = new Map(points.map(({ day, used }) => [day, used]));
  let last = points.filter(({ day }) => day < first).at(-1)?.used ?? 0;
  return datesBetween(first, today).map((day) => {
    const used = found.get(day) ?? (kept ? last : 0);
    last = used;
    return { day, used };
  });
}

/** How many days of a day's month are left after it. */
function daysLeft(today: string): number {
  const [year = 0, month = 0, day = 0] = today.split('-').map(Number);
  return new Date(Date.UTC(year, month, 0)).getUTCDate() - day;
}

/** The days that a pace is taken from, at least; before that nothing is said. */
const leastDays = 3;

/**
 * What will be used at the end of the month at the present pace: of what is counted by the month, as many a day as since its first
 * use this month; of what has a total, as much more a day as since its first use in the days given. Null where that is too little to
 * go by.
 * @param days one value for each day until today, the oldest first
 */
export function projectMonthEnd(days: Point[], used: number, period: 'total' | 'month' | 'hour'): number | null {
  const today = days.at(-1)?.day;
  if (!today || period === 'hour') return null;
  const counted = period === 'month' ? days.filter(({ day }) => day.slice(0, 7) === today.slice(0, 7)) : days;
  const first = counted.findIndex((point) => point.used > 0);
  if (first < 0) return null;
  if (period === 'month') {
    const span = counted.length - first;
    return span < leastDays ? null : Math.round(used + (used / span) * daysLeft(today));
  }
  const span = counted.length - 1 - first;
  if (span < leastDays) return null;
  const pace = (used - (counted[first]?.used ?? 0)) / span;
  return Math.max(0, Math.round(used + pace * daysLeft(today)));
}
