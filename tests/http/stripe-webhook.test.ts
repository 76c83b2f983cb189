import { Agent } from 'node:http';
import type pg from 'pg';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stripeClient } from '@/lib/infra/stripe';
import { offerOf, standing } from '../support/billing';
import { connect } from '../support/database';
import { stack } from '../support/env';
import { hostOf, send } from '../support/http';
import { repeated } from '../support/size';
import { createClinic, createPerson } from '../support/world';

const stripe = stripeClient(stack.STRIPE_SECRET_KEY, stack.STRIPE_API_URL);
const agent = new Agent({ keepAlive: true, maxSockets: 20 });
const patience = { timeout: 60_000, interval: 200 };
let sql: pg.Client;
const clinics: { id: string; customer: string }[] = [];

/** A clinic, once the worker has made its customer at Stripe. */
async function clinicWithCustomer(slug: string): Promise<{ id: string; customer: string }> {
  const id = await createClinic(sql, slug, 'Webhook Clinic', await createPerson(stack, `owner@${slug}.test`));
  let customer = '';
  await expect
    .poll(async () => {
      const { rows } = await sql.query('select stripe_customer_id as id from public.tenant_subscriptions where tenant_id = $1', [id]);
      customer = rows[0].id ?? '';
      return customer;
    }, patience)
    .toMatch(/^cus_/);
  clinics.push({ id, customer });
  return { id, customer };
}

beforeAll(async () => {
  sql = await connect();
});
afterAll(async () => {
  agent.destroy();
  for (const { id } of clinics) await sql.query('delete from public.tenants where id = $1', [id]);
  await sql.end();
});

const eventBody = (id: string, type: string, object: object) =>
  JSON.stringify({ id, object: 'event', type, created: Math.floor(Date.now() / 1000), data: { object } });

/** Posts an event as Stripe does; one of the signature's parts may be another. */
async function post(payload: string, { host = hostOf(''), secret = stack.STRIPE_WEBHOOK_SECRETS, header = '' } = {}) {
  const signature = header || Stripe.webhooks.generateTestHeaderString({ payload, secret });
  return send('/api/stripe/webhook', {
    host,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    body: payload,
    agent,
  });
}
const kept = async (pattern: string) =>
  (await sql.query('select count(*)::int as n from private.stripe_events where id like $1', [pattern])).rows[0].n as number;

describe('the webhook', () => {
  const payload = eventBody('evt_http_door', 'invoice.paid', { id: 'in_1', object: 'invoice', customer: 'cus_nobody' });

  test('keeps nothing that Stripe did not sign, and says no more than that', async () => {
    const forged = await post(payload, { secret: 'whsec_forged' });
    expect([forged.status, JSON.parse(forged.body)]).toEqual([
      400,
      { error: { code: 'bad_signature', message: 'The signature does not fit the body.' } },
    ]);
    expect((await post(payload, { header: 't=1,v1=00' })).status).toBe(400);
    const unsigned = await send('/api/stripe/webhook', { host: hostOf(''), method: 'POST', body: payload });
    expect(unsigned.status).toBe(400);
    expect(await kept('evt_http_door')).toBe(0);
  });

  test('is found at the root alone, and takes no more than it needs', async () => {
    for (const host of ['alder', 'signup', 'admin', 'nowhere'].map(hostOf)) expect((await post(payload, { host })).status, host).toBe(404);
    expect((await send('/api/stripe/webhook', { host: hostOf('') })).status).toBe(405);
    const large = eventBody('evt_http_door', 'invoice.paid', { id: 'x'.repeat(1024 * 1024), object: 'invoice' });
    expect((await post(large)).status).toBe(413);
    expect(await kept('evt_http_door')).toBe(0);
  });

  test('puts aside what is about nobody here', async () => {
    expect((await post(payload)).status).toBe(200);
    const { rows } = await sql.query(`select state, type from private.stripe_events where id = 'evt_http_door'`);
    expect(rows).toEqual([{ state: 'ignored', type: 'invoice.paid' }]);
  });
});

test('B1 a payment opens a clinic whose trial had run out, by the events alone', async () => {
  const { id, customer } = await clinicWithCustomer('webhook-paid');
  await sql.query(`update public.tenant_subscriptions set trial_ends_at = now() - interval '8 days' where tenant_id = $1`, [id]);
  // By the clock alone Stripe is asked first, and the worker does both.
  await sql.query('select private.settle_billing($1)', [id]);
  await expect.poll(() => standing(sql, id), patience).toMatchObject({ status: 'trialing', holds: ['trial_expired'] });
  await stripe.subscriptions.create({
    customer,
    items: [{ price: (await offerOf(sql, 'starter')).price ?? '' }],
    default_payment_method: (await stripe.paymentMethods.attach('pm_card_visa', { customer })).id,
  });
  await expect.poll(() => standing(sql, id), patience).toEqual({ status: 'active', plan: 'starter', holds: [] });
});

test('B2 an event that comes a hundred times at once is kept once, and has its effect once', async () => {
  const { id, customer } = await clinicWithCustomer('webhook-repeats');
  const payload = eventBody('evt_http_repeat', 'customer.subscription.updated', { id: 'sub_1', object: 'subscription', customer });
  const answers = await Promise.all(Array.from({ length: 100 }, () => post(payload)));
  expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
  expect(await kept('evt_http_repeat')).toBe(1);
  const state = async () => (await sql.query(`select state from private.stripe_events where id = 'evt_http_repeat'`)).rows[0].state;
  await expect.poll(state, patience).toBe('applied');
  expect(await standing(sql, id)).toMatchObject({ status: 'trialing', plan: 'professional' });
});

const [events, repeats] = [repeated(400, 4_000), repeated(100, 1_000)];

test(`B3 a storm of ${events + repeats} events, a fifth of them repeats, is kept whole and worked off`, async () => {
  const storming = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => clinicWithCustomer(`webhook-storm-${name}`)));
  const event = (n: number) =>
    eventBody(`evt_http_storm_${n}`, 'customer.subscription.updated', {
      id: 'sub_1',
      object: 'subscription',
      customer: storming[n % storming.length]?.customer,
    });
  const numbers = [...Array.from({ length: events }, (_, n) => n), ...Array.from({ length: repeats }, (_, n) => n * 4)];
  const order = numbers.map((n, place) => ({ n, key: (place * 7919) % numbers.length })).sort((a, b) => a.key - b.key);
  const statuses = await Promise.all(order.map(async ({ n }) => (await post(event(n))).status));
  expect([...new Set(statuses)]).toEqual([200]);
  expect(await kept('evt_http_storm_%')).toBe(events);
  const waiting = async () =>
    (await sql.query(`select count(*)::int as n from private.stripe_events where id like 'evt_http_storm_%' and state <> 'applied'`))
      .rows[0].n;
  await expect.poll(waiting, patience).toBe(0);
});
