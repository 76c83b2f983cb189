import 'server-only';
import { unstable_cache } from 'next/cache';
import { listPlans } from './queries';

/** The plans of the price page; remembered for a minute. */
export const loadPlans = unstable_cache(listPlans, ['plans'], { revalidate: 60 });
