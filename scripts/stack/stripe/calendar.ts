type Recurrence = { interval: string; interval_count: number };

export const hour = 3600;
export const day = 24 * hour;

/** A point so many intervals after an anchor: the same day of the month, or its last one. Unix seconds, in UTC. */
export function addIntervals(anchor: number, { interval, interval_count }: Recurrence, times: number): number {
  const steps = interval_count * times;
  if (interval === 'day') return anchor + steps * day;
  if (interval === 'week') return anchor + steps * 7 * day;
  const from = new Date(anchor * 1000);
  const months = from.getUTCMonth() + (interval === 'year' ? 12 * steps : steps);
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), months + 1, 0)).getUTCDate();
  const midnight = Date.UTC(from.getUTCFullYear(), months, Math.min(from.getUTCDate(), lastDay));
  return midnight / 1000 + (anchor % day);
}

/** The end of the period that holds a moment, counted from an anchor so that short months do not shift later ones. */
export function periodEnd(anchor: number, recurrence: Recurrence, moment: number): number {
  let times = 1;
  while (addIntervals(anchor, recurrence, times) <= moment) times++;
  return addIntervals(anchor, recurrence, times);
}
