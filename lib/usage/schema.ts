import { z } from 'zod';
import { usageSchema } from '@/lib/access/schema';
import { featureKeys } from '@/lib/billing/features';
import { metricKeys } from '@/lib/infra/metrics';

/** What a clinic uses; `digest` tells one state from another. */
const usageState = z.object({ usage: usageSchema, digest: z.string() });
export type UsageState = z.infer<typeof usageState>;

/** What a member is told of the clinic's usage; null once they may not ask any more. */
export const currentUsage = usageState.extend({ tenant_id: z.uuid(), session_id: z.uuid() }).nullable();
export type CurrentUsage = NonNullable<z.infer<typeof currentUsage>>;

/** What changed for clinics that are watched, by their ids. */
export const usageNews = z.record(z.string(), usageState);

export const limitCheckSchema = z.object({
  metric: z.enum(metricKeys as [string, ...string[]], { error: `Name one of ${metricKeys.join(', ')}.` }),
  amount: z.int().min(1, 'Ask for 1 at least.').max(1_000_000_000_000, 'Ask for less.').default(1),
});

export const limitCheck = z.object({
  metric: z.string(),
  period: z.enum(['total', 'month', 'hour']),
  used: z.number(),
  limit: z.number().nullable(),
  amount: z.number(),
  allowed: z.boolean(),
});

export const featureUseSchema = z.object({ feature: z.enum(featureKeys, { error: 'Name a feature of the catalogue.' }) });

const granted = { reason: z.string(), expires_at: z.string().nullable() };
/** What the platform granted or took beside the clinic's plan; a null limit means unlimited. */
export const grantsSchema = z.object({
  limits: z.array(z.object({ ...granted, metric: z.string(), max_value: z.number().nullable() })),
  features: z.array(z.object({ ...granted, feature: z.string(), granted: z.boolean() })),
});
export type Grants = z.infer<typeof grantsSchema>;

const day = z.string();
const point = z.object({ day, used: z.number() });
/** The days until today: counts by metric, how many people worked, how often features were used. */
export const usageHistory = z.object({
  first: day,
  today: day,
  days: z.array(point.extend({ metric: z.string() })),
  active: z.array(point),
  features: z.array(z.object({ feature: z.string(), uses: z.number() })),
});
export type UsageHistory = z.infer<typeof usageHistory>;
