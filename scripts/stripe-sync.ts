import type pg from 'pg';
import { type SoldPrice, sellPrice } from '@/lib/billing/catalogue';
import { stripeClient } from '@/lib/infra/stripe';
import { currentEnv } from './stack/config';
import { withClient } from './stack/database';
import { main, PlainError } from './stack/progress';

/**
 * Makes Stripe sell every price of every version of every plan, and notes under which ids.
 * @returns how many prices were made, and how many were there
 */
export async function syncCatalogue(sql: pg.Client, stripe: ReturnType<typeof stripeClient>): Promise<{ made: number; found: number }> {
  const { rows } = await sql.query<SoldPrice & { planId: string }>(
    `select p.id as "planId", p.key as plan, p.version, p.name, x.interval, x.currency, x.amount_minor as "amountMinor"
     from public.plan_prices x join public.plans p on p.id = x.plan_id where x.amount_minor > 0
     order by p.position, p.version, x.interval, x.currency`,
  );
  const counts = { made: 0, found: 0 };
  for (const price of rows) {
    const { id, made } = await sellPrice(stripe, price);
    await sql.query(
      `update public.plan_prices set stripe_price_id = $4
       where plan_id = $1 and interval = $2 and currency = $3 and stripe_price_id is distinct from $4`,
      [price.planId, price.interval, price.currency, id],
    );
    counts[made ? 'made' : 'found'] += 1;
  }
  return counts;
}

if (import.meta.filename === process.argv[1])
  await main(async () => {
    const env: Record<string, string | undefined> = { ...process.env, ...currentEnv() };
    if (!env.STRIPE_SECRET_KEY || !env.DATABASE_URL) throw new PlainError('Set STRIPE_SECRET_KEY and DATABASE_URL.');
    const stripe = stripeClient(env.STRIPE_SECRET_KEY, env.STRIPE_API_URL);
    const { made, found } = await withClient(env.DATABASE_URL, (sql) => syncCatalogue(sql, stripe));
    console.log(`${made} prices made at Stripe, ${found} were there.`);
  });
