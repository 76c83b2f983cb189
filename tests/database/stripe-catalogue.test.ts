import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { syncCatalogue } from '@/scripts/stripe-sync';
import { connect, rolledBack } from '../support/database';
import { clientFor, type Emulated, startEmulator } from '../support/stripe-emulator';

let sql: pg.Client;
let emulated: Emulated;
beforeAll(async () => {
  sql = await connect();
  emulated = await startEmulator();
});
afterAll(async () => {
  await sql.end();
  await emulated.close();
});

test('Stripe sells what the catalogue holds, once, however often it is told', () =>
  rolledBack(sql, async () => {
    const stripe = clientFor(emulated.url);
    const sold = async () =>
      (
        await sql.query(
          `select p.key || ' ' || p.version || ' ' || x.interval as price, x.amount_minor, x.stripe_price_id
           from public.plan_prices x join public.plans p on p.id = x.plan_id order by p.position, p.version, x.interval`,
        )
      ).rows;
    expect(await syncCatalogue(sql, stripe)).toEqual({ made: 6, found: 0 });
    const first = await sold();
    expect(first.filter(({ stripe_price_id }) => stripe_price_id === null).map(({ price }) => price)).toEqual([
      'free 1 month',
      'free 1 year',
    ]);
    for (const { amount_minor, stripe_price_id } of first.filter((row) => row.stripe_price_id !== null))
      expect((await stripe.prices.retrieve(stripe_price_id)).unit_amount).toBe(amount_minor);

    // Ids that were lost are found again.
    await sql.query('update public.plan_prices set stripe_price_id = null');
    expect(await syncCatalogue(sql, stripe)).toEqual({ made: 0, found: 6 });
    expect(await sold()).toEqual(first);

    // A new version is sold beside the old one, whose subscribers keep what they bought.
    await sql.query(
      `with fresh as (insert into public.plans (key, version, name, position) values ('starter', 2, 'Starter', 2) returning id)
       insert into public.plan_prices (plan_id, interval, currency, amount_minor) select id, 'month', 'usd', 5900 from fresh`,
    );
    expect(await syncCatalogue(sql, stripe)).toEqual({ made: 1, found: 6 });
    const keys = (await stripe.prices.list({ product: 'plan_starter', limit: 100 })).data.map(({ lookup_key }) => lookup_key);
    expect(keys.sort()).toEqual(['starter_v1_month_usd', 'starter_v1_year_usd', 'starter_v2_month_usd']);

    await sql.query(`update public.plan_prices set amount_minor = 4800 where amount_minor = 4900`);
    await expect(syncCatalogue(sql, stripe)).rejects.toThrow('Stripe sells starter_v1_month_usd');
  }));
