import 'server-only';
import type { Feature } from '@/lib/billing/features';
import { type Db, unwrap } from '@/lib/infra/supabase';

/**
 * Counts the use of a feature that leaves no line in the log.
 * @throws {AppError} not_in_plan, rate_limited
 */
export async function countFeatureUse(db: Db, feature: Feature): Promise<void> {
  unwrap(await db.rpc('count_feature_use', { p_feature: feature }));
}
