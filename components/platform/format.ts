/** A day of the platform's clock, which is UTC. */
export function formatDay(moment: string): string {
  return new Date(moment).toLocaleDateString('en', { dateStyle: 'medium', timeZone: 'UTC' });
}

/** A moment of the platform's clock, which is UTC. */
export function formatMoment(moment: string): string {
  return `${new Date(moment).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })} UTC`;
}
