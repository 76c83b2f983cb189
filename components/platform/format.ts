import * as time from '@/lib/time/format';

/** A day of the platform's clock, which is UTC. */
export const formatDay = (moment: string): string => time.formatDay(moment, 'UTC');

/** A moment of the platform's clock, which is UTC. */
export const formatMoment = (moment: string): string => `${time.formatMoment(moment, 'UTC')} UTC`;
