import 'server-only';
import type { z } from 'zod';
import type { Scope } from '@/lib/access/gate';
import { AppError } from '@/lib/infra/errors';
import { type Db, unwrap } from '@/lib/infra/supabase';
import { type CurrentUsage, currentUsage, type Grants, grantsSchema, limitCheck, type UsageHistory, usageHistory } from './schema';

/** What the clinic of an address uses; null for who is not at work there. Not activity of the session. */
export async function readUsage(db: Db, slug: string): Promise<CurrentUsage | null> {
  return currentUsage.parse(unwrap(await db.rpc('current_usage', { p_slug: slug })));
}

/** The clinic's last days, today included. */
export async function readUsageHistory(db: Db, days: number): Promise<UsageHistory> {
  return usageHistory.parse(unwrap(await db.rpc('usage_history', { p_days: days })));
}

/** What was granted or taken beside the plan and has not run out; nothing for who may not see the plan. */
export async function listGrants({ db, tenantId }: Scope): Promise<Grants> {
  const still = `expires_at.is.null,expires_at.gt.${new Date().toISOString()}`;
  const [limits, features] = await Promise.all([
    db.from('limit_overrides').select('metric, max_value, reason, expires_at').eq('tenant_id', tenantId).or(still).order('metric'),
    db.from('feature_overrides').select('feature, granted, reason, expires_at').eq('tenant_id', tenantId).or(still).order('feature'),
  ]);
  return grantsSchema.parse({ limits: unwrap(limits), features: unwrap(features) });
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
