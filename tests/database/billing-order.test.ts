import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decide } from '@/lib/billing/events';
import { beginCheckout, cancelAtEnd, changeNow } from '@/lib/billing/stripe-commands';
import { convertedAt, describeSubscription, type SubscriptionFacts } from '@/lib/billing/stripe-state';
import { giveClock, noticesOf, offerOf, pay, sellCatalogue, standing, stateOf, sync } from '../support/billing';
import { connect, rolledBack } from '../support/database';
import { stack } from '../support/env';
import { repeated } from '../support/size';
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

type Event = { id: string; type: string; object: string };
/** What Stripe said on some day. */
type Moment = { day: number; facts: { converted_at: string | null; subscription: SubscriptionFacts } };
type Life = { id: string; customer: string; events: Event[]; moments: Moment[]; told: string[] };

/** A clinic that bought, changed, failed to pay, paid, cancelled and ended; the database here knows of none of it yet. */
async function lived(): Promise<Life> {
  const { stripe } = emulated;
  await sellCatalogue(sql, emulated);
  const id = await createClinic(sql, 'billing-order', 'Order Clinic', owner);
  await bind(sql, id, owner);
  const clinic = await giveClock(sql, emulated, id, owner, begun);
  const moments: Moment[] = [];
  await sql.query('savepoint living');
  const step = async (days: number, act?: () => Promise<unknown>) => {
    await stripe.testHelpers.testClocks.advance(clinic.clock, { frozen_time: Math.floor(on(days).getTime() / 1000) });
    await act?.();
    await sync(sql, emulated, id, on(days));
    const { data } = await stripe.subscriptions.list({ customer: clinic.customer, status: 'all', expand: ['data.schedule'] });
    const [subscription] = data;
    const open = await stripe.invoices.list({ customer: clinic.customer, status: 'open' });
    if (subscription)
      moments.push({ day: days, facts: { converted_at: convertedAt(data), subscription: describeSubscription(subscription, open.data) } });
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
  const told = await noticesOf(sql, id);
  await sql.query('rollback to savepoint living');
  const all: Event[] = [];
  for await (const { id: event, type, data } of stripe.events.list({ limit: 100 })) {
    const object = data.object as { id: string; customer?: string };
    if (object.customer === clinic.customer) all.unshift({ id: event, type, object: object.id });
  }
  return {
    id,
    customer: clinic.customer,
    events: all.filter(({ type }) => /^(customer\.subscription|invoice)\./.test(type)),
    moments,
    told,
  };
}

const store = ({ id, type, object }: Event, customer: string) =>
  sql.query('select private.store_stripe_event($1, $2, $3, $4, now(), $5)', [id, type, object, customer, decide(type).handling]);

/** One asking of Stripe, as the worker begins it. */
type Asking = { place: number; applied: number; events: string[] };
const begin = async (id: string): Promise<Asking> =>
  (await sql.query('select private.begin_billing_sync($1) as begun', [id])).rows[0].begun;
/** Applies what was heard at a moment; false when Stripe has to be asked anew. */
async function apply(id: string, { place, applied, events }: Asking, { day, facts }: Moment): Promise<boolean> {
  const { rows } = await sql.query('select private.apply_billing($1, $2, $3, $4, $5, $6) as changed', [
    id,
    place,
    applied,
    JSON.stringify(facts),
    events,
    on(day),
  ]);
  return rows[0].changed !== null;
}

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

test('every order of up to six events ends in what Stripe says, while Stripe goes on living, and each thing is told once', () =>
  rolledBack(sql, async () => {
    const { id, customer, events, moments, told } = await lived();
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
        const heard = order.map(({ type }) => type).join();
        for (const [place, event] of order.entries()) {
          await store(event, customer);
          // Whatever an event is called, Stripe says what is true when it is asked; the last one hears the end.
          const moment = moments[Math.floor(((place + 1) * moments.length) / order.length) - 1] ?? moments[0];
          if (moment) expect(await apply(id, await begin(id), moment), heard).toBe(true);
        }
        expect(await standing(sql, id), heard).toEqual({ status: 'active', plan: 'free', holds: [] });
        const notices = await noticesOf(sql, id);
        expect(notices.at(-1), heard).toBe('plan_ended');
        expect(
          notices.filter((notice) => !told.includes(notice)),
          heard,
        ).toEqual([]);
        expect(new Set(notices).size, heard).toBe(notices.length);
        const { rows } = await sql.query('select distinct state from private.stripe_events where tenant_id = $1', [id]);
        expect(rows, heard).toEqual([{ state: 'applied' }]);
        await sql.query('rollback to savepoint delivery');
        orders += 1;
      }
    }
    expect(orders).toBe(1 + 2 + 6 + 24 + 120 + 720);
  }));

const seeds = repeated(20, 200);

test(`${seeds} random orders of twelve askings, begun, answered and applied in between each other, end in the last state`, () =>
  rolledBack(sql, async () => {
    const { id, moments, told } = await lived();
    const last = moments.length - 1;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const random = numbers(seed);
      const pick = (below: number) => Math.floor(random() * below);
      await sql.query('savepoint delivery');
      // Stripe lives from state to state. Somebody asks after each change at the latest, and at other times as well.
      const open: { asking: Asking; heard: Moment | null }[] = [];
      let now = 0;
      const proceed = async (n: number) => {
        const one = open[n];
        if (!one) return;
        if (one.heard === null) one.heard = moments[now] ?? null;
        else {
          open.splice(n, 1);
          // Another answer came in between: the worker asks anew.
          if (!(await apply(id, one.asking, one.heard))) open.push({ asking: await begin(id), heard: null });
        }
      };
      for (let asked = 0; asked < 12; asked += 1) {
        now = Math.min(last, Math.floor((asked * moments.length) / 11));
        open.push({ asking: await begin(id), heard: null });
        for (let steps = pick(4); steps > 0; steps -= 1) await proceed(pick(open.length));
      }
      while (open.length > 0) await proceed(pick(open.length));
      expect(await standing(sql, id), `seed ${seed}`).toEqual({ status: 'active', plan: 'free', holds: [] });
      const notices = await noticesOf(sql, id);
      expect(
        notices.filter((notice) => !told.includes(notice)),
        `seed ${seed}`,
      ).toEqual([]);
      expect(new Set(notices).size, `seed ${seed}: ${notices}`).toBe(notices.length);
      await sql.query('rollback to savepoint delivery');
    }
  }));
