/** A day at a clinic, such as Nov 21, 2026. */
export function formatDay(moment: string, timeZone: string): string {
  return new Date(moment).toLocaleDateString('en', { dateStyle: 'medium', timeZone });
}

/** A moment at a clinic, such as Nov 21, 2026, 6:34 PM. */
export function formatMoment(moment: string, timeZone: string): string {
  return new Date(moment).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short', timeZone });
}

/** A number with its thousands apart. */
export function formatCount(value: number): string {
  return value.toLocaleString('en');
}
