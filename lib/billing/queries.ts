import 'server-only';
import { z } from 'zod';
import { fromDatabase } from '@/lib/infra/errors';
import { type Db, statelessClient, unwrap } from '@/lib/infra/supabase';
import type { Plan } from './plans';
import { type BillingState, billingState, type Excess, excess, type Offer } from './schema';

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
      position: row.position,
      prices: { month: price(row, 'month'), year: price(row, 'year') },
      limits: Object.fromEntries(row.plan_limits.map(({ metric, max_value }) => [metric, max_value])),
      features: row.plan_features.map(({ feature }) => feature),
    }));
}

/** What a clinic pays and has; on hold or not, for who may see it. */
export async function readBilling(db: Db): Promise<BillingState> {
  return billingState.parse(unwrap(await db.rpc('billing_state')));
}

/** What the clinic has more of than each plan allows. */
export async function listExcess(db: Db): Promise<Excess> {
  return excess.parse(unwrap(await db.rpc('plans_over_limits')));
}

const offerRow = z.object({
  key: z.string(),
  position: z.number(),
  plan_prices: z.array(
    z.object({
      interval: z.enum(['month', 'year']),
      currency: z.string(),
      amount_minor: z.number(),
      stripe_price_id: z.string().nullable(),
    }),
  ),
});

/** The price of the newest version of a plan; undefined where it is not sold so. */
export async function findOffer(plan: string, interval: Offer['interval']): Promise<Offer | undefined> {
  const row = unwrap(
    await statelessClient()
      .from('plans')
      .select('key, position, plan_prices(interval, currency, amount_minor, stripe_price_id)')
      .eq('key', plan)
      .order('version', { ascending: false })
      .limit(1)
      .maybeSingle(),
  );
  const { position, plan_prices } = offerRow.parse(row);
  const price = plan_prices.find((one) => one.interval === interval && one.currency === 'usd');
  return price && { plan, position, interval, amount: price.amount_minor, price: price.stripe_price_id };
}
