import 'server-only';
import { z } from 'zod';
import { fromDatabase } from '@/lib/infra/errors';
import { statelessClient } from '@/lib/infra/supabase';
import type { Plan } from './plans';

const planRow = z.object({
  key: z.string(),
  version: z.number(),
  name: z.string(),
  position: z.number(),
  plan_prices: z.array(z.object({ interval: z.enum(['month', 'year']), currency: z.string(), amount_minor: z.number() })),
  plan_limits: z.array(z.object({ metric: z.string(), max_value: z.number().nullable() })),
  plan_features: z.array(z.object({ feature: z.string() })),
});

/** The newest version of every plan, cheapest first. */
export async function listPlans(): Promise<Plan[]> {
  const { data, error } = await statelessClient()
    .from('plans')
    .select(
      'key, version, name, position, plan_prices(interval, currency, amount_minor), plan_limits(metric, max_value), plan_features(feature)',
    )
    .order('position')
    .order('version', { ascending: false });
  if (error) throw fromDatabase(error);
  const rows = z.array(planRow).parse(data);
  const price = (row: z.infer<typeof planRow>, interval: 'month' | 'year') => {
    const found = row.plan_prices.find((entry) => entry.interval === interval && entry.currency === 'usd');
    if (!found) throw new Error(`plan ${row.key} has no price a ${interval}`);
    return found.amount_minor;
  };
  return rows
    .filter((row, index) => rows.findIndex(({ key }) => key === row.key) === index)
    .map((row) => ({
      key: row.key,
      name: row.name,
      prices: { month: price(row, 'month'), year: price(row, 'year') },
      limits: Object.fromEntries(row.plan_limits.map(({ metric, max_value }) => [metric, max_value])),
      features: row.plan_features.map(({ feature }) => feature),
    }));
}
