import type pg from 'pg';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stripeClient } from '@/lib/infra/stripe';
import { databaseUrl } from '@/scripts/stack/config';
import { withClient } from '@/scripts/stack/database';
import { waitFor } from '@/scripts/stack/wait';
import { offerOf, standing } from '../support/billing';
import { type FaultStack, type Moment, startFaultStack } from '../support/fault-stack';
import { send } from '../support/http';
import { createClinic, createPerson } from '../support/world';

let faults: FaultStack;
let stripe: Stripe;
beforeAll(async () => {
  faults = await startFaultStack('faults-billing');
  stripe = stripeClient(faults.env.STRIPE_SECRET_KEY ?? '', faults.env.STRIPE_API_URL);
});
afterAll(() => faults?.stop());

const inDatabase = <T>(work: (client: pg.Client) => Promise<T>) => withClient(databaseUrl(faults.config), work);
const control = async (what: string) => (await fetch(`${faults.env.STRIPE_API_URL}/emulator/${what}`, { method: 'POST' })).json();
/** A statement that may meet a database that is just coming back. */
const eventually = <T>(what: string, look: () => Promise<T>, right: (found: T) => boolean) =>
  waitFor(
    what,
    () =>
      look().then(right, (error) => {
        if (/ECONN|terminat|starting up|recovery|shutting/.test(String(error))) return false;
        throw error;
      }),
    90_000,
  );
const well = () => eventually('the app to be well', faults.health, ({ status }) => status === 200);

/** A clinic whose customer the worker has made. */
async function clinicWithCustomer(slug: string): Promise<{ id: string; customer: string }> {
  const owner = await createPerson(faults.env, `owner@${slug}.test`);
  const id = await inDatabase((client) => createClinic(client, slug, 'Fault Clinic', owner));
  const find = () =>
    inDatabase(async (client) => {
      const { rows } = await client.query('select stripe_customer_id as id from public.tenant_subscriptions where tenant_id = $1', [id]);
      return (rows[0].id as string | null) ?? '';
    });
  await eventually('a customer', find, (customer) => customer !== '');
  return { id, customer: await find() };
}

async function subscribe(customer: string): Promise<void> {
  const { price } = await inDatabase((client) => offerOf(client, 'starter'));
  const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer });
  await stripe.subscriptions.create({ customer, items: [{ price: price ?? '' }], default_payment_method: id });
}

const paid = (id: string) =>
  eventually(
    'the payment to count',
    () => inDatabase((client) => standing(client, id)),
    ({ status, plan, holds }) => status === 'active' && plan === 'starter' && holds.length === 0,
  );

/** Posts an event of one's own; 0 when the connection broke. */
function post(id: string, customer: string): Promise<number> {
  const payload = JSON.stringify({
    id,
    object: 'event',
    type: 'customer.subscription.updated',
    created: 1,
    data: { object: { id: 'sub_1', object: 'subscription', customer } },
  });
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: faults.env.STRIPE_WEBHOOK_SECRETS ?? '' });
  return send('/api/stripe/webhook', {
    host: `localhost:${faults.config.ports.app}`,
    port: faults.app().port,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    body: payload,
  }).then(
    ({ status }) => status,
    () => 0,
  );
}
const keeps = (id: string) =>
  inDatabase(async (client) => (await client.query('select 1 from private.stripe_events where id = $1', [id])).rowCount === 1);

const moments: Moment[] = ['before', 'during', 'after'];
test.each(moments)('B5 the database killed %s an event is kept: no false 200, and it arrives in the end', async (moment) => {
  const { id, customer } = await clinicWithCustomer(`fault-db-${moment}`);
  faults.intercept(async (_call, now) => {
    if (now !== moment) return;
    faults.intercept(undefined);
    faults.killDatabase();
  });
  const answered = await post(`evt_db_${moment}`, customer);
  faults.intercept(undefined);
  await faults.restartDatabase();
  await well();
  const wasKept = await keeps(`evt_db_${moment}`);
  if (answered === 200) expect(wasKept).toBe(true);
  expect([200, 500, 503]).toContain(answered);
  // Stripe sends what was not taken again; once more is no harm.
  expect(await post(`evt_db_${moment}`, customer)).toBe(200);
  await subscribe(customer);
  await paid(id);
});

test.each(moments)('B5 the app killed %s an event is kept: nothing is lost', async (moment) => {
  const { id, customer } = await clinicWithCustomer(`fault-app-${moment}`);
  await control('hold');
  await subscribe(customer);
  faults.intercept(async (_call, now) => {
    if (now !== moment) return;
    faults.intercept(undefined);
    faults.killApp();
  });
  await control('release');
  await eventually(
    'the app to be gone',
    () =>
      faults.health().then(
        () => false,
        () => true,
      ),
    (gone) => gone,
  );
  await faults.restartApp();
  await well();
  await control('release');
  await paid(id);
});

test('B5 the worker killed again and again while it applies loses nothing', async () => {
  const clinics = [];
  for (const name of ['a', 'b', 'c', 'd']) clinics.push(await clinicWithCustomer(`fault-worker-${name}`));
  for (const { customer } of clinics) {
    await subscribe(customer);
    faults.killWorker();
  }
  for (const { id } of clinics) await paid(id);
});

test('B6 with every event lost the hourly comparison alone brings the state right', async () => {
  const { id, customer } = await clinicWithCustomer('fault-lost');
  await control('hold');
  await subscribe(customer);
  await control('drop');
  await control('release');
  expect(await inDatabase((client) => standing(client, id))).toMatchObject({ status: 'trialing' });
  await inDatabase((client) => client.query(`select graphile_worker.add_job('reconcile_billing')`));
  await paid(id);
});
