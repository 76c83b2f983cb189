import type pg from 'pg';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginCheckout, cancelAtEnd, changeNow } from '@/lib/billing/stripe-commands';
import { convertedAt, describeSubscription, type SubscriptionFacts } from '@/lib/billing/stripe-state';
import { syncBilling } from '@/lib/billing/sync';
import { stripeApiVersion } from '@/lib/infra/stripe';
import { giveClock, noticesOf, offerOf, pay, sellCatalogue, standing, stateOf, sync } from '../support/billing';
import { connect, rolledBack } from '../support/database';
import { stack } from '../support/env';
import { type Emulated, startEmulator } from '../support/stripe-emulator';
import { bind, createClinic, createPerson, type Person } from '../support/world';

let sql: pg.Client;
let emulated: Emulated;
let owner: Person;
beforeAll(async () => {
  sql = await connect();
  emulated = await startEmulator();
  owner = await createPerson(stack, 'owner@billing-order.test');
});
afterAll(async () => {
  await sql.end();
  await emulated.close();
});

const begun = new Date('2027-03-01T12:00:00Z');
const on = (days: number) => new Date(begun.getTime() + days * 86_400_000);
const end = on(120);

/** A client that asks the emulator each question once: what it says does not change any more. */
function rememberingClient(url: string): Stripe {
  const answers = new Map<string, Promise<Response>>();
  const ask: typeof fetch = async (input, init) => {
    const key = `${init?.method} ${String(input)}`;
    const known = answers.get(key) ?? fetch(input, init);
    answers.set(key, known);
    return (await known).clone();
  };
  const { hostname, port } = new URL(url);
  return new Stripe('sk_test_emulated', {
    apiVersion: stripeApiVersion,
    host: hostname,
    port: Number(port),
    protocol: 'http',
    httpClient: Stripe.createFetchHttpClient(ask),
  });
}

type Event = { id: string; type: string; object: string };
type Life = {
  id: string;
  customer: string;
  events: Event[];
  snapshots: { converted_at: string | null; subscription: SubscriptionFacts }[];
};

/** A clinic that bought, changed, failed to pay, paid, cancelled and ended; the database here knows of none of it yet. */
async function lived(): Promise<Life> {
  const { stripe } = emulated;
  await sellCatalogue(sql, emulated);
  const id = await createClinic(sql, 'billing-order', 'Order Clinic', owner);
  await bind(sql, id, owner);
  const clinic = await giveClock(sql, emulated, id, owner, begun);
  const snapshots: Life['snapshots'] = [];
  await sql.query('savepoint living');
  const step = async (days: number, act?: () => Promise<unknown>) => {
    await stripe.testHelpers.testClocks.advance(clinic.clock, { frozen_time: Math.floor(on(days).getTime() / 1000) });
    await act?.();
    await sync(sql, emulated, id, on(days));
    const { data } = await stripe.subscriptions.list({ customer: clinic.customer, status: 'all', expand: ['data.schedule'] });
    const [subscription] = data;
    const open = await stripe.invoices.list({ customer: clinic.customer, status: 'open' });
    if (subscription) snapshots.push({ converted_at: convertedAt(data), subscription: describeSubscription(subscription, open.data) });
  };
  const state = () => stateOf(sql, owner);
  const card = async (name: string) => {
    const { id: method } = await stripe.paymentMethods.attach(name, { customer: clinic.customer });
    await stripe.subscriptions.update((await state()).subscription ?? '', { default_payment_method: method });
  };
  await step(22, async () => pay(await beginCheckout(stripe, await state(), await offerOf(sql, 'starter'), 'http://o.localhost', on(22))));
  await step(30, async () => changeNow(stripe, await state(), await offerOf(sql, 'professional')));
  await step(31, () => card('pm_card_chargeCustomerFail'));
  await step(54);
  await step(58, async () => {
    await card('pm_card_visa');
    const [invoice] = (await stripe.invoices.list({ customer: clinic.customer, status: 'open' })).data;
    await stripe.invoices.pay(invoice?.id ?? '');
  });
  await step(60, async () => cancelAtEnd(stripe, await state(), { reason: 'unused' }));
  await step(90);
  await sql.query('rollback to savepoint living');
  const all: Event[] = [];
  for await (const { id: event, type, data } of stripe.events.list({ limit: 100 })) {
    const object = data.object as { id: string; customer?: string };
    if (object.customer === clinic.customer) all.unshift({ id: event, type, object: object.id });
  }
  return { id, customer: clinic.customer, events: all.filter(({ type }) => /^(customer\.subscription|invoice)\./.test(type)), snapshots };
}

const store = ({ id, type, object }: Event, customer: string) =>
  sql.query(`select private.store_stripe_event($1, $2, $3, $4, now(), 'sync')`, [id, type, object, customer]);

function permutations<T>(items: T[]): T[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((first, n) => permutations(items.toSpliced(n, 1)).map((rest) => [first, ...rest]));
}

/** A small generator of pseudo-random numbers in [0, 1), the same in every run. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('every order of up to six events of a subscription ends in what Stripe says, and tells it once', () =>
  rolledBack(sql, async () => {
    const { id, customer, events } = await lived();
    const stripe = rememberingClient(emulated.url);
    const one = (type: string) => events.find((event) => event.type === type) ?? expect.fail(`no ${type}`);
    const six = [
      'customer.subscription.created',
      'customer.subscription.updated',
      'invoice.payment_failed',
      'invoice.paid',
      'customer.subscription.deleted',
      'invoice.payment_succeeded',
    ].map(one);
    let orders = 0;
    for (let length = 1; length <= six.length; length += 1) {
      for (const order of permutations(six.slice(0, length))) {
        await sql.query('savepoint delivery');
        for (const event of order) {
          await store(event, customer);
          await syncBilling(stripe, (text, values) => sql.query(text, values), id, { now: end });
        }
        expect(await standing(sql, id), order.map(({ type }) => type).join()).toEqual({ status: 'active', plan: 'free', holds: [] });
        expect(await noticesOf(sql, id)).toEqual(['plan_ended']);
        const { rows } = await sql.query('select distinct state from private.stripe_events where customer_id = $1', [customer]);
        expect(rows).toEqual([{ state: 'applied' }]);
        await sql.query('rollback to savepoint delivery');
        orders += 1;
      }
    }
    expect(orders).toBe(1 + 2 + 6 + 24 + 120 + 720);
  }));

test('200 random orders of twelve askings, begun, answered and applied in between each other, end in the last state', () =>
  rolledBack(sql, async () => {
    const { id, snapshots } = await lived();
    const last = snapshots.length - 1;
    const begin = async () => (await sql.query('select private.begin_billing_sync($1) as begun', [id])).rows[0].begun.fence as number;
    const apply = (fence: number, moment: number) =>
      sql.query('select private.apply_billing($1, $2, $3, $4, $5)', [id, fence, JSON.stringify(snapshots[moment]), [], end]);
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = numbers(seed);
      const pick = (below: number) => Math.floor(random() * below);
      await sql.query('savepoint delivery');
      // Stripe lives from state to state. Somebody asks after each change at the latest, and at other times as well.
      const open: { fence: number; seen: number | null }[] = [];
      let moment = 0;
      const proceed = async (n: number) => {
        const asking = open[n];
        if (!asking) return;
        if (asking.seen === null) asking.seen = moment;
        else {
          await apply(asking.fence, asking.seen);
          open.splice(n, 1);
        }
      };
      for (let asked = 0; asked < 12; asked += 1) {
        moment = Math.min(last, Math.floor((asked * snapshots.length) / 11));
        open.push({ fence: await begin(), seen: null });
        for (let steps = pick(4); steps > 0; steps -= 1) await proceed(pick(open.length));
      }
      while (open.length > 0) await proceed(pick(open.length));
      const { rows } = await sql.query(
        'select s.stripe_status, s.status, p.key as plan from public.tenant_subscriptions s join public.plans p on p.id = s.plan_id where s.tenant_id = $1',
        [id],
      );
      expect(rows[0], `seed ${seed}`).toEqual({ stripe_status: 'canceled', status: 'active', plan: 'free' });
      const told = await noticesOf(sql, id);
      expect(told.length, `seed ${seed}: ${told}`).toBe(
        (await sql.query('select count(*)::int as n from private.billing_notices where tenant_id = $1', [id])).rows[0].n,
      );
      await sql.query('rollback to savepoint delivery');
    }
  }));
