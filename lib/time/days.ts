import { formatterOf } from './formatters';

const dayMs = 86_400_000;

/** Today's date in a time zone, as YYYY-MM-DD. */
export function todayIn(timeZone: string, now = new Date()): string {
  const parts = formatterOf(timeZone, { year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(now);
  const part = (type: string) => parts.find((one) => one.type === type)?.value;
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** The latest date that it is anywhere now, as YYYY-MM-DD: on the other side of the date line it may be tomorrow. */
export const latestToday = (): string => todayIn('Pacific/Kiritimati');

/** A date some days after another, as YYYY-MM-DD. */
export function addDays(isoDate: string, days: number): string {
  return new Date(Date.parse(isoDate) + days * dayMs).toISOString().slice(0, 10);
}

/** The dates from one to another, both included, as YYYY-MM-DD. */
export function datesBetween(first: string, last: string): string[] {
  const count = Math.round((Date.parse(last) - Date.parse(first)) / dayMs) + 1;
  return Array.from({ length: count }, (_, index) => addDays(first, index));
}

/** How many days a moment lies ahead, a begun one counted; negative or 0 when it is past. */
export function daysUntil(moment: string): number {
  return Math.ceil((Date.parse(moment) - Date.now()) / dayMs);
}

/** Completed years on a given date (YYYY-MM-DD). */
export function ageOn(birthDate: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}
