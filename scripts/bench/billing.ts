import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type pg from 'pg';
import Stripe from 'stripe';
import type { Run } from '../stack/lifecycle';
import { startWorker } from '../stack/processes';
import { waitFor } from '../stack/wait';
import { quantile } from './measure';
import type { Owner } from './populate';
import { atMost, type Figure } from './report';
import { connectAs } from './statements';
import { get, type Served } from './web';

/** Milliseconds of each of several runs, one after the other. */
async function timesOf(work: () => Promise<unknown>, runs: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < runs; n++) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return times;
}

/** What every page waits for, and what every process asks once a second for all clinics that are watched. */
export async function gateFigures(sql: pg.Client, url: string, owner: Owner): Promise<Figure[]> {
  const member = await connectAs(url, owner);
  const gate = await timesOf(() => member.query(`select public.gate('bench-1')`), 300);
  await member.end();
  const { rows } = await sql.query(`select jsonb_object_agg(id, md5(private.usage_facts(id)::text))::text as known from public.tenants`);
  const news = await timesOf(() => sql.query('select private.usage_news($1)', [rows[0].known]), 40);
  return [
    atMost('the gate, median of 300', quantile(gate, 0.5), 'ms', 100),
    atMost('the usage of 1,000 watched clinics, looked through once, median of 40', quantile(news, 0.5), 'ms', 500),
  ];
}

/** The clinics that events are about; each has a customer at the emulator. */
const clinics = 60;
const events = 1200;

/** How fast events are kept, eight at a time, and how fast the worker applies them. */
export async function webhookFigures(
  sql: pg.Client,
  env: Record<string, string>,
  served: Served,
  run: Run,
  dir: string,
): Promise<Figure[]> {
  // Making the clinics has left a job for each of them.
  await sql.query('delete from graphile_worker._private_jobs');
  await sql.query(`select private.queue_billing_sync(id) from public.tenants where slug = any($1)`, [
    Array.from({ length: clinics }, (_, n) => `bench-${n + 100}`),
  ]);
  startWorker(run, env, path.join(dir, 'worker.log'));
  const customers = async () =>
    (await sql.query(`select stripe_customer_id as id from public.tenant_subscriptions where stripe_customer_id is not null`)).rows;
  await waitFor('customers at Stripe', async () => (await customers()).length === clinics, 120_000);
  const ids = (await customers()).map(({ id }) => id);
  const [secret = ''] = (env.STRIPE_WEBHOOK_SECRETS ?? '').split(',');
  const post = async (n: number) => {
    const customer = ids[n % ids.length];
    const payload = JSON.stringify({
      id: `evt_${randomUUID()}`,
      object: 'event',
      type: 'customer.updated',
      created: Math.floor(Date.now() / 1000),
      data: { object: { id: customer, object: 'customer' } },
    });
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret });
    const { status } = await get(
      served,
      '',
      '/api/stripe/webhook',
      { 'content-type': 'application/json', 'stripe-signature': signature },
      'POST',
      payload,
    );
    if (status !== 200) throw new Error(`an event was answered ${status}`);
  };
  await timesOf(() => post(0), 20);
  const began = performance.now();
  let next = 0;
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < events) times.push(...(await timesOf(() => post(next++), 1)));
    }),
  );
  await waitFor(
    'the events to be applied',
    async () => Number((await sql.query(`select count(*) from private.stripe_events where state = 'pending'`)).rows[0].count) === 0,
    300_000,
  );
  const seconds = (performance.now() - began) / 1000;
  const applied = events / seconds;
  return [
    atMost(`an event is kept and answered, 8 at a time, the worker busy: p50 of ${events}`, quantile(times, 0.5), 'ms', 100),
    atMost(`the same: p99 of ${events}`, quantile(times, 0.99), 'ms', 500),
    {
      name: `events of ${clinics} clinics applied, from the first to the last`,
      result: `${applied.toFixed(0)} a second`,
      goal: '≥ 20 a second',
      met: applied >= 20,
    },
  ];
}
