import { formatterOf } from './formatters';

/** What a formatter makes of a moment; of one that no calendar has, such as a day without end, a dash and no error. */
const written = (formatter: Intl.DateTimeFormat, moment: Date) => (Number.isNaN(moment.getTime()) ? '–' : formatter.format(moment));

/** A day at a clinic, such as Nov 21, 2026; `long` writes the month out. */
export function formatDay(moment: string | Date, timeZone: string, dateStyle: 'medium' | 'long' = 'medium'): string {
  return written(formatterOf(timeZone, { dateStyle }), new Date(moment));
}

/** A moment at a clinic, such as Nov 21, 2026, 6:34 PM. */
export function formatMoment(moment: string, timeZone: string): string {
  return written(formatterOf(timeZone, { dateStyle: 'medium', timeStyle: 'short' }), new Date(moment));
}

const plain = (isoDate: string) => new Date(`${isoDate}T00:00:00Z`);

/** A date without a clock, such as a birth date: no time zone can move it. */
export function formatDate(isoDate: string): string {
  return written(formatterOf('UTC', { dateStyle: 'medium' }), plain(isoDate));
}

/** A date among others of its year, such as Nov 21. */
export function formatShortDate(isoDate: string): string {
  return written(formatterOf('UTC', { month: 'short', day: 'numeric' }), plain(isoDate));
}

/** The month of a date, such as Nov 2026. */
export function formatMonth(isoDate: string): string {
  return written(formatterOf('UTC', { month: 'short', year: 'numeric' }), plain(isoDate));
}
