import 'server-only';
import type { z } from 'zod';
import { AppError } from '@/lib/infra/errors';
import { type Db, unwrap } from '@/lib/infra/supabase';
import { type CurrentUsage, currentUsage, limitCheck, type UsageHistory, usageHistory } from './schema';

/** What the clinic of an address uses; null for who is not at work there. Not activity of the session. */
export async function readUsage(db: Db, slug: string): Promise<CurrentUsage | null> {
  return currentUsage.parse(unwrap(await db.rpc('current_usage', { p_slug: slug })));
}

/** The clinic's last days, today included. */
export async function readUsageHistory(db: Db, days: number): Promise<UsageHistory> {
  return usageHistory.parse(unwrap(await db.rpc('usage_history', { p_days: days })));
}

/**
 * Whether as much more of a metric is allowed as it stands now; only doing it decides for good.
 * @throws {AppError} invalid_input for a metric that plans do not know
 */
export async function checkLimit(db: Db, metric: string, amount: number): Promise<z.infer<typeof limitCheck>> {
  const found = limitCheck.nullable().parse(unwrap(await db.rpc('check_limit', { p_metric: metric, p_amount: amount })));
  if (!found) throw new AppError('invalid_input', { fields: { metric: 'There is no such metric.' } });
  return found;
}
