import { formatterOf } from './formatters';

/** A day at a clinic, such as Nov 21, 2026; `long` writes the month out. */
export function formatDay(moment: string | Date, timeZone: string, dateStyle: 'medium' | 'long' = 'medium'): string {
  return formatterOf(timeZone, { dateStyle }).format(new Date(moment));
}

/** A moment at a clinic, such as Nov 21, 2026, 6:34 PM. */
export function formatMoment(moment: string, timeZone: string): string {
  return formatterOf(timeZone, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(moment));
}

const plain = (isoDate: string) => new Date(`${isoDate}T00:00:00Z`);

/** A date without a clock, such as a birth date: no time zone can move it. */
export function formatDate(isoDate: string): string {
  return formatterOf('UTC', { dateStyle: 'medium' }).format(plain(isoDate));
}

/** A date among others of its year, such as Nov 21. */
export function formatShortDate(isoDate: string): string {
  return formatterOf('UTC', { month: 'short', day: 'numeric' }).format(plain(isoDate));
}

/** The month of a date, such as Nov 2026. */
export function formatMonth(isoDate: string): string {
  return formatterOf('UTC', { month: 'short', year: 'numeric' }).format(plain(isoDate));
}
