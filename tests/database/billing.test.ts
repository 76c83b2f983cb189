import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wayTo } from '@/lib/billing/changes';
import {
  beginCheckout,
  cancelAtEnd,
  changeLater,
  changeNow,
  dropSubscription,
  payOpenInvoice,
  resume,
} from '@/lib/billing/stripe-commands';
import { lookUpStripeEvent, reconcileBilling, settleBilling, syncBilling } from '@/lib/billing/sync';
import { giveClock, noticesOf, offerOf, pay, sellCatalogue, standing, stateOf, sync } from '../support/billing';
import { as, become, connect, failure, rolledBack } from '../support/database';
import { stack } from '../support/env';
import { type Emulated, startEmulator } from '../support/stripe-emulator';
import { addPatient, bind, createClinic, createPerson, loadWorld, openSession, type Person } from '../support/world';

const { people } = loadWorld();
let sql: pg.Client;
let emulated: Emulated;
let owner: Person;
beforeAll(async () => {
  sql = await connect();
  emulated = await startEmulator();
  owner = await createPerson(stack, 'owner@billing-rules.test');
});
afterAll(async () => {
  await sql.end();
  await emulated.close();
});

const day = 86_400_000;
const begun = new Date('2027-03-01T12:00:00Z');
const on = (days: number) => new Date(begun.getTime() + days * day);

/** Runs work on a fresh clinic whose trial begins on 1 March 2027, and undoes everything here; not at the emulator. */
const withClinic = (work: (clinic: Awaited<ReturnType<typeof giveClock>>) => Promise<void>) =>
  rolledBack(sql, async () => {
    await sellCatalogue(sql, emulated);
    const id = await createClinic(sql, 'billing-rules', 'Rules Clinic', owner);
    await bind(sql, id, owner);
    await work(await giveClock(sql, emulated, id, owner, begun));
  });
type Clinic = Parameters<Parameters<typeof withClinic>[0]>[0];

const state = () => stateOf(sql, owner);
const to = (clinic: Clinic, days: number) =>
  emulated.stripe.testHelpers.testClocks.advance(clinic.clock, { frozen_time: Math.floor(on(days).getTime() / 1000) });
const subscribe = async (clinic: Clinic, days: number, plan: string, card?: string) => {
  await to(clinic, days);
  const page = await beginCheckout(emulated.stripe, await state(), await offerOf(sql, plan), 'http://rules.localhost', on(days));
  expect((await pay(page, card)).status).toBe(303);
  await sync(sql, emulated, clinic.id, on(days));
};
/** What the clock leads to, and what the worker then asks Stripe for. */
const settle = async (clinic: Clinic, days: number) => {
  await settleBilling(query, on(days));
  await sync(sql, emulated, clinic.id, on(days));
};
const alerts = async (clinic: Clinic) =>
  (
    await sql.query('select kind, about, detail from private.billing_alerts where tenant_id = $1 and resolved_at is null order by id', [
      clinic.id,
    ])
  ).rows;
const store = (id: string, type: string, customer: string | null, handling = 'sync', object = 'sub_1') =>
  sql.query(`select private.store_stripe_event($1, $2, $3, $4, now(), $5) as stored`, [id, type, object, customer, handling]);
const eventOf = async (id: string) =>
  (await sql.query('select state, attempts, last_error, tenant_id from private.stripe_events where id = $1', [id])).rows[0];
const query = (text: string, values: unknown[]) => sql.query(text, values);

describe('a plan chosen during the trial', () => {
  test('begins when the trial ends, and the trial goes on until then', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 4, 'starter');
      expect(await standing(sql, clinic.id)).toEqual({ status: 'trialing', plan: 'professional', holds: [] });
      await settle(clinic, 11);
      expect(await noticesOf(sql, clinic.id)).toEqual(['trial_converting']);
      await to(clinic, 14.2);
      await sync(sql, emulated, clinic.id, on(14.2));
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
      const { data } = await emulated.stripe.invoices.list({ customer: clinic.customer });
      expect(data.map(({ amount_paid }) => amount_paid)).toEqual([4900, 0]);
    }));

  test('can be chosen anew, and given up; then the trial is as it was', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 1, 'enterprise');
      expect(await changeNow(emulated.stripe, await state(), await offerOf(sql, 'starter', 'year'))).toEqual({ done: true });
      await sync(sql, emulated, clinic.id, on(1));
      expect(await standing(sql, clinic.id)).toMatchObject({ status: 'trialing', plan: 'professional' });
      expect((await state()).bought).toMatchObject({ key: 'starter', interval: 'year', amount: 49_000 });
      await cancelAtEnd(emulated.stripe, await state(), { reason: 'other' });
      await to(clinic, 15);
      await sync(sql, emulated, clinic.id, on(15));
      expect(await standing(sql, clinic.id)).toEqual({ status: 'trialing', plan: 'professional', holds: [] });
      await settle(clinic, 21);
      expect(await standing(sql, clinic.id)).toMatchObject({ holds: ['trial_expired'] });
    }));

  test('is paid at once where less than two days are left', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 12.5, 'starter');
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
    }));
});

describe('a change of plan', () => {
  test('to a smaller one comes with the next period, and can be taken back', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'professional');
      await changeLater(emulated.stripe, await state(), await offerOf(sql, 'starter'));
      await sync(sql, emulated, clinic.id, on(22));
      const scheduled = await state();
      expect(scheduled).toMatchObject({ plan: { key: 'professional' }, next: { key: 'starter', interval: 'month' } });
      expect(Date.parse(scheduled.next?.starts_at ?? '')).toBe(Date.parse(scheduled.period_end ?? ''));
      await resume(emulated.stripe, scheduled);
      await sync(sql, emulated, clinic.id, on(22));
      expect((await state()).next).toBeNull();
      await changeLater(emulated.stripe, await state(), await offerOf(sql, 'starter'));
      await to(clinic, 22 + 32);
      await sync(sql, emulated, clinic.id, on(22 + 32));
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
      expect(await noticesOf(sql, clinic.id)).toEqual(['plan_begun', 'plan_changed']);
    }));

  test.each([
    ['whose bank refuses', '4000000000000341', '4242424242424242'],
    ['whose bank asks', '4000002760003184', '4000002760003184'],
  ])('that is not paid, by a card %s, does not happen until it is', (_what, card, later) =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      const { id: method } = await emulated.stripe.paymentMethods.attach(
        card.endsWith('341') ? 'pm_card_chargeCustomerFail' : 'pm_card_authenticationRequired',
        { customer: clinic.customer },
      );
      const before = await state();
      await emulated.stripe.subscriptions.update(before.subscription ?? '', { default_payment_method: method });
      const outcome = await changeNow(emulated.stripe, before, await offerOf(sql, 'professional'), undefined, on(22));
      if (outcome.done) throw new Error('it was paid');
      await sync(sql, emulated, clinic.id, on(22));
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
      expect((await pay(outcome.url, later, { bank: 'confirmed' })).status).toBeLessThan(400);
      await sync(sql, emulated, clinic.id, on(22));
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'professional', holds: [] });
    }),
  );

  test('costs what was shown, and no other moment can be made up', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      const enterprise = await offerOf(sql, 'enterprise', 'year');
      const before = await state();
      for (const moment of [before.period_end, before.period_start, on(23).toISOString(), on(21).toISOString()])
        await expect(
          changeNow(emulated.stripe, before, enterprise, Math.floor(Date.parse(moment ?? '') / 1000), on(22.5)),
        ).rejects.toMatchObject({ code: 'stale' });
      const shown = Math.floor(on(22).getTime() / 1000);
      expect(await changeNow(emulated.stripe, before, enterprise, shown, on(22))).toEqual({ done: true });
    }));

  test('to a smaller one keeps a promotion code that still runs', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'professional');
      const coupon = await emulated.stripe.coupons.create({ percent_off: 50, duration: 'forever' });
      await emulated.stripe.subscriptions.update((await state()).subscription ?? '', { discounts: [{ coupon: coupon.id }] });
      await changeLater(emulated.stripe, await state(), await offerOf(sql, 'starter'));
      await to(clinic, 22 + 32);
      const [renewal] = (await emulated.stripe.invoices.list({ customer: clinic.customer })).data;
      expect(renewal?.amount_paid).toBe(2450);
    }));

  test('waits for a smaller plan that is to come to be taken back', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'professional');
      await changeLater(emulated.stripe, await state(), await offerOf(sql, 'starter'));
      await sync(sql, emulated, clinic.id, on(22));
      await expect(changeNow(emulated.stripe, await state(), await offerOf(sql, 'enterprise'))).rejects.toThrow('Keep Professional first');
      expect((await state()).next).toMatchObject({ key: 'starter' });
    }));

  test('waits for what is owed, and for a cancellation that was not taken back', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      const professional = await offerOf(sql, 'professional');
      await expect(changeNow(emulated.stripe, { ...(await state()), past_due_since: on(22).toISOString() }, professional)).rejects.toThrow(
        'Pay the open invoice',
      );
      await cancelAtEnd(emulated.stripe, await state(), { reason: 'unused' });
      await sync(sql, emulated, clinic.id, on(22));
      await expect(changeLater(emulated.stripe, await state(), professional)).rejects.toThrow('Resume it first');
      await resume(emulated.stripe, await state());
      await sync(sql, emulated, clinic.id, on(22));
      expect((await state()).ends_at).toBeNull();
      expect(await changeNow(emulated.stripe, await state(), professional)).toEqual({ done: true });
    }));

  test('leaves who bought an earlier version of the plan on what they bought', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      await sql.query(
        `with fresh as (insert into public.plans (key, version, name, position) values ('starter', 2, 'Starter', 2) returning id),
           priced as (insert into public.plan_prices (plan_id, interval, currency, amount_minor, stripe_price_id)
             select id, 'month', 'usd', 5900, 'price_of_version_2' from fresh)
         insert into public.plan_limits (plan_id, metric, max_value) select id, 'patients', 7 from fresh`,
      );
      await sync(sql, emulated, clinic.id, on(23));
      expect((await state()).bought).toMatchObject({ key: 'starter', version: 1, amount: 4900 });
      expect((await state()).usage.patients?.limit).toBe(1000);
    }));
});

describe('a second payment page', () => {
  test('closes the first, and none opens beside a running plan', () =>
    withClinic(async (clinic) => {
      await to(clinic, 22);
      const offer = await offerOf(sql, 'starter');
      const first = await beginCheckout(emulated.stripe, await state(), offer, 'http://rules.localhost', on(22));
      const before = await state();
      const second = await beginCheckout(emulated.stripe, before, offer, 'http://rules.localhost', on(22));
      expect((await pay(first)).status).toBe(404);
      expect((await pay(second)).status).toBe(303);
      // What the page knew is old by now: Stripe is asked.
      await expect(beginCheckout(emulated.stripe, before, offer, 'http://rules.localhost', on(22))).rejects.toMatchObject({
        code: 'subscribed',
      });
    }));

  test('that was paid all the same is reported, and what counted so far goes on counting', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      const { id } = await emulated.stripe.subscriptions.create({
        customer: clinic.customer,
        items: [{ price: (await offerOf(sql, 'professional')).price ?? '' }],
        default_payment_method: (await emulated.stripe.paymentMethods.attach('pm_card_visa', { customer: clinic.customer })).id,
      });
      await sync(sql, emulated, clinic.id, on(22));
      expect(await standing(sql, clinic.id)).toMatchObject({ plan: 'starter' });
      expect(await alerts(clinic)).toEqual([{ kind: 'second_subscription', about: id, detail: '' }]);
    }));
});

describe('when what was paid for ends', () => {
  const end = async (clinic: Clinic) => {
    await emulated.stripe.subscriptions.cancel((await state()).subscription ?? '');
    await sync(sql, emulated, clinic.id, on(30));
  };

  test('a clinic that Free can hold goes on with Free', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      await end(clinic);
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'free', holds: [] });
      await subscribe(clinic, 31, 'professional');
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'professional', holds: [] });
    }));

  test('one that has more waits under a hold, with all its data, and opens when it pays', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      await sql.query(
        `insert into public.patients (tenant_id, given_name, family_name, birth_date)
         select $1, 'Pat', 'Patient ' || n, '1980-01-01' from generate_series(1, 101) as n`,
        [clinic.id],
      );
      await end(clinic);
      expect(await standing(sql, clinic.id)).toEqual({ status: 'cancelled', plan: 'free', holds: ['unpaid'] });
      expect((await sql.query('select count(*)::int as n from public.patients where tenant_id = $1', [clinic.id])).rows[0].n).toBe(101);
      await become(sql, owner);
      await sql.query('savepoint asked');
      await expect(sql.query('select public.choose_free()')).rejects.toMatchObject({
        code: 'YB002',
        detail: '[{"used": 101, "limit": 100, "metric": "patients"}]',
      });
      await sql.query('rollback to savepoint asked');
      await sql.query('reset role');
      await settle(clinic, 60);
      expect(await standing(sql, clinic.id)).toMatchObject({ holds: ['unpaid'] });
      await subscribe(clinic, 61, 'starter');
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
    }));
});

describe('what is owed', () => {
  const fail = async (clinic: Clinic) => {
    await subscribe(clinic, 22, 'starter');
    const { id: bad } = await emulated.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: clinic.customer });
    await emulated.stripe.subscriptions.update((await state()).subscription ?? '', { default_payment_method: bad });
    await to(clinic, 68);
    await sync(sql, emulated, clinic.id, on(68));
    expect(await standing(sql, clinic.id)).toEqual({ status: 'past_due', plan: 'starter', holds: ['unpaid'] });
  };

  test('is not forgotten by cancelling, and no other plan is sold until it is paid', () =>
    withClinic(async (clinic) => {
      await fail(clinic);
      await emulated.stripe.subscriptions.cancel((await state()).subscription ?? '');
      await sync(sql, emulated, clinic.id, on(69));
      expect(await standing(sql, clinic.id)).toEqual({ status: 'cancelled', plan: 'free', holds: ['unpaid'] });
      const offer = await offerOf(sql, 'starter');
      await expect(beginCheckout(emulated.stripe, await state(), offer, 'http://rules.localhost', on(69))).rejects.toMatchObject({
        code: 'payment_failed',
      });
      const invoice = await payOpenInvoice(emulated.stripe, await state());
      if (invoice.done) throw new Error('it was paid');
      expect((await pay(invoice.url)).status).toBeLessThan(400);
      await sync(sql, emulated, clinic.id, on(69));
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'free', holds: [] });
    }));

  test('is written off with the plan where a clinic on hold for it chooses Free', () =>
    withClinic(async (clinic) => {
      await fail(clinic);
      expect(wayTo(await state(), { plan: 'free', position: 1, interval: 'month' })).toBe('free');
      await dropSubscription(emulated.stripe, await state());
      await sync(sql, emulated, clinic.id, on(69));
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'free', holds: [] });
      const { data } = await emulated.stripe.invoices.list({ customer: clinic.customer, status: 'open' });
      expect(data).toEqual([]);
    }));

  test('puts nobody on hold by the clock alone: Stripe is asked first', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      await sql.query(`update public.tenant_subscriptions set past_due_since = $2, status = 'past_due' where tenant_id = $1`, [
        clinic.id,
        on(30),
      ]);
      await settleBilling(query, on(60));
      expect((await standing(sql, clinic.id)).holds).toEqual([]);
      await sync(sql, emulated, clinic.id, on(60));
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
    }));
});

describe('Free', () => {
  test('can be chosen when the trial is over, which lifts its hold, and is chosen at once', () =>
    withClinic(async (clinic) => {
      await settle(clinic, 21);
      expect(await standing(sql, clinic.id)).toMatchObject({ holds: ['trial_expired'] });
      await as(sql, owner, async () => {
        await sql.query('select public.choose_free()');
        await sql.query('reset role');
        expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'free', holds: [] });
      });
      expect(await standing(sql, clinic.id)).toMatchObject({ holds: ['trial_expired'] });
    }));

  test('is no way out of a plan that runs', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      expect(await as(sql, owner, () => failure(sql.query('select public.choose_free()')))).toBe('YB003');
    }));
});

describe('a payment', () => {
  test('lifts the holds of billing, and no other', () =>
    withClinic(async (clinic) => {
      const place = (kind: string) =>
        sql.query(`insert into public.tenant_holds (tenant_id, kind, reason) values ($1, $2, 'misuse')`, [clinic.id, kind]);
      await place('admin');
      await settle(clinic, 21);
      expect((await standing(sql, clinic.id)).holds).toEqual(['admin', 'trial_expired']);
      await subscribe(clinic, 22, 'starter');
      expect((await standing(sql, clinic.id)).holds).toEqual(['admin']);
      await place('security');
      await sync(sql, emulated, clinic.id, on(22));
      expect((await standing(sql, clinic.id)).holds).toEqual(['admin', 'security']);
      // Signed in anew, somebody else may sit in the owner's chair.
      const again = await openSession(stack, owner.email);
      await bind(sql, clinic.id, again);
      expect(await as(sql, again, () => failure(sql.query('select public.choose_free()')))).toBe('42501');
      expect(await as(sql, again, () => failure(sql.query(`select public.request_billing_sync('looked')`)))).toBe('42501');
      expect((await stateOf(sql, again)).plan.key).toBe('starter');
    }));

  test('that comes after a suspension is for the time before it alone', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      const { id: bad } = await emulated.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: clinic.customer });
      await emulated.stripe.subscriptions.update((await state()).subscription ?? '', { default_payment_method: bad });
      // Refused on day 53, on hold on day 67, and the next two periods begin on days 83 and 114.
      for (const days of [54, 67.5, 84, 115]) {
        await to(clinic, days);
        await sync(sql, emulated, clinic.id, on(days));
        await sync(sql, emulated, clinic.id, on(days));
      }
      expect(await standing(sql, clinic.id)).toEqual({ status: 'past_due', plan: 'starter', holds: ['unpaid'] });
      const { data } = await emulated.stripe.invoices.list({ customer: clinic.customer });
      expect(data.map(({ status }) => status)).toEqual(['void', 'void', 'open', 'paid']);
      const { id: good } = await emulated.stripe.paymentMethods.attach('pm_card_visa', { customer: clinic.customer });
      await emulated.stripe.subscriptions.update((await state()).subscription ?? '', { default_payment_method: good });
      expect(await payOpenInvoice(emulated.stripe, await state())).toEqual({ done: true });
      await sync(sql, emulated, clinic.id, on(115));
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
      await to(clinic, 146);
      await sync(sql, emulated, clinic.id, on(146));
      const after = await emulated.stripe.invoices.list({ customer: clinic.customer });
      expect(after.data.map(({ status, amount_paid }) => [status, amount_paid])).toEqual([
        ['paid', 4900],
        ['void', 0],
        ['void', 0],
        ['paid', 4900],
        ['paid', 4900],
      ]);
    }));

  test('that is late is asked for by every open invoice, the oldest first', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      const { id: bad } = await emulated.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: clinic.customer });
      await emulated.stripe.subscriptions.update((await state()).subscription ?? '', { default_payment_method: bad });
      await to(clinic, 22 + 32);
      await sync(sql, emulated, clinic.id, on(22 + 32));
      const refused = await payOpenInvoice(emulated.stripe, await state());
      if (refused.done) throw new Error('it was paid');
      expect((await standing(sql, clinic.id)).status).toBe('past_due');
      expect((await pay(refused.url)).status).toBeLessThan(400);
      await sync(sql, emulated, clinic.id, on(22 + 33));
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
      await expect(payOpenInvoice(emulated.stripe, await state())).rejects.toMatchObject({ code: 'not_found' });
    }));
});

describe('what Stripe says', () => {
  test('with a price of nobody’s changes nothing, raises an alert, and waits for somebody to look', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      const product = await emulated.stripe.products.create({ name: 'Stranger' });
      const stranger = await emulated.stripe.prices.create({
        product: product.id,
        currency: 'usd',
        unit_amount: 100,
        recurring: { interval: 'month' },
      });
      const { subscription } = await state();
      const found = await emulated.stripe.subscriptions.retrieve(subscription ?? '');
      await emulated.stripe.subscriptions.update(found.id, { items: [{ id: found.items.data[0]?.id ?? '', price: stranger.id }] });
      await store('evt_stranger', 'customer.subscription.updated', clinic.customer);
      const before = await state();
      for (const final of [false, true]) {
        await sql.query('savepoint attempt');
        // The worker has no transaction of its own around it: what failed is undone, the note about it stays.
        const separate = async (text: string, values: unknown[]) => {
          await sql.query('savepoint one');
          try {
            return await sql.query(text, values);
          } catch (error) {
            await sql.query('rollback to savepoint one');
            throw error;
          }
        };
        await expect(syncBilling(emulated.stripe, separate, clinic.id, { final, now: on(23) })).rejects.toMatchObject({ code: 'YB001' });
      }
      expect({ ...(await state()), synced: 0 }).toEqual({ ...before, synced: 0 });
      expect(await alerts(clinic)).toEqual([{ kind: 'unknown_price', about: stranger.id, detail: '' }]);
      expect(await eventOf('evt_stranger')).toMatchObject({ state: 'dead', attempts: 2, last_error: 'error: YB001' });
      await as(sql, people.platform_admin, async () => {
        const { rows } = await sql.query('select public.list_billing_problems() as problems');
        expect(rows[0].problems.events).toMatchObject([{ id: 'evt_stranger', clinic: 'Rules Clinic', attempts: 2 }]);
        expect(rows[0].problems.alerts).toMatchObject([{ kind: 'unknown_price', clinic: 'Rules Clinic' }]);
        expect((await sql.query(`select public.retry_stripe_event('evt_stranger') as done`)).rows[0].done).toBe(true);
        expect((await sql.query(`select public.retry_stripe_event('evt_stranger') as done`)).rows[0].done).toBe(false);
        await sql.query('reset role');
        expect(await eventOf('evt_stranger')).toMatchObject({ state: 'pending', attempts: 0 });
      });
    }));

  test('with a price of nobody’s ends the plan all the same when it ends', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      await store('evt_covered', 'customer.subscription.updated', clinic.customer);
      await sql.query(`update private.stripe_events set state = 'dead' where id = 'evt_covered'`);
      await sql.query(`update public.plan_prices set stripe_price_id = null where stripe_price_id is not null`);
      await emulated.stripe.subscriptions.cancel((await state()).subscription ?? '');
      await sync(sql, emulated, clinic.id, on(23));
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'free', holds: [] });
      // What was given up on is covered by what succeeded later.
      expect(await eventOf('evt_covered')).toMatchObject({ state: 'applied' });
    }));

  test('earlier never replaces what it said later', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      const { rows: asked } = await sql.query('select private.begin_billing_sync($1) as begun', [clinic.id]);
      const { place, applied } = asked[0].begun;
      await store('evt_early', 'customer.subscription.updated', clinic.customer);
      await emulated.stripe.subscriptions.cancel((await state()).subscription ?? '');
      await sync(sql, emulated, clinic.id, on(23));
      const facts = {
        converted_at: null,
        subscription: { id: 'sub_old', status: 'active', price: (await offerOf(sql, 'enterprise')).price },
      };
      const { rows } = await sql.query('select private.apply_billing($1, $2, $3, $4, $5) as changed', [
        clinic.id,
        place,
        applied,
        facts,
        [],
      ]);
      expect(rows[0].changed).toBeNull();
      expect(await standing(sql, clinic.id)).toMatchObject({ plan: 'free' });
      expect(await eventOf('evt_early')).toMatchObject({ state: 'applied' });
    }));

  test('of a customer that was deleted ends the plan; the clinic gets another customer', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      await emulated.stripe.customers.del(clinic.customer);
      await sync(sql, emulated, clinic.id, on(23));
      expect(await alerts(clinic)).toEqual([{ kind: 'customer_deleted', about: clinic.customer, detail: '' }]);
      const { customer } = await state();
      expect(customer).not.toBe(clinic.customer);
      await sync(sql, emulated, clinic.id, on(23));
      expect((await state()).customer).toBe(customer);
      expect(await standing(sql, clinic.id)).toMatchObject({ plan: 'free', status: 'active' });
    }));

  test('about a dispute finds its clinic and raises an alert; a stranger’s is put aside', () =>
    withClinic(async (clinic) => {
      await subscribe(clinic, 22, 'starter');
      const intents = await emulated.stripe.invoicePayments.list({ limit: 1 });
      const intent = await emulated.stripe.paymentIntents.retrieve(String(intents.data[0]?.payment.payment_intent));
      await emulated.post(`/emulator/charges/${intent.latest_charge}/dispute`);
      const [dispute] = (await emulated.stripe.disputes.list({ charge: String(intent.latest_charge) })).data;
      await store('evt_dispute', 'charge.dispute.created', null, 'look_up', dispute?.id);
      await lookUpStripeEvent(emulated.stripe, query, 'evt_dispute', false);
      expect(await alerts(clinic)).toEqual([{ kind: 'dispute', about: dispute?.id, detail: 'charge.dispute.created' }]);
      expect(await eventOf('evt_dispute')).toMatchObject({ state: 'pending', tenant_id: clinic.id });
      await sync(sql, emulated, clinic.id, on(22));
      expect(await eventOf('evt_dispute')).toMatchObject({ state: 'applied' });
      await store('evt_stranger', 'customer.subscription.updated', 'cus_of_somebody_else');
      expect(await eventOf('evt_stranger')).toMatchObject({ state: 'ignored' });
    }));

  test('is found out by the hourly comparison alone when every event is lost, and reported', () =>
    withClinic(async (clinic) => {
      await to(clinic, 22);
      const page = await beginCheckout(emulated.stripe, await state(), await offerOf(sql, 'starter'), 'http://rules.localhost', on(22));
      await pay(page);
      expect(await standing(sql, clinic.id)).toMatchObject({ status: 'trialing' });
      await reconcileBilling(emulated.stripe, query);
      expect(await standing(sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
      expect(await alerts(clinic)).toMatchObject([{ kind: 'drift', detail: expect.stringContaining('stripe_status') }]);
      await reconcileBilling(emulated.stripe, query);
      expect(await alerts(clinic)).toHaveLength(1);
    }));
});

test('only who may see the plan sees it, and only who may change it asks Stripe', () =>
  rolledBack(sql, async () => {
    const refusal = (person: Person, text: string) => as(sql, person, () => failure(sql.query(text)));
    for (const [role, sees, changes] of [
      ['alder_owner', undefined, undefined],
      ['alder_billing', undefined, undefined],
      ['alder_staff', '42501', '42501'],
      ['alder_practitioner', '42501', '42501'],
      ['stranger', '42501', '42501'],
    ] as const) {
      expect(await refusal(people[role], 'select public.billing_state()'), role).toBe(sees);
      expect(await refusal(people[role], `select public.request_billing_sync('looked')`), role).toBe(changes);
      expect(await refusal(people[role], 'select public.list_billing_problems()'), role).toBe('42501');
    }
    const seen = await as(sql, people.birch_owner, async () =>
      JSON.stringify((await sql.query('select public.billing_state() as s')).rows[0].s),
    );
    const { rows } = await sql.query(`select id from public.tenants where slug = 'birch'`);
    expect(JSON.parse(seen).tenant_id).toBe(rows[0].id);
    await addPatient(sql, rows[0].id, 'Counted');
    const after = await as(sql, people.birch_owner, async () => (await sql.query('select public.billing_state() as s')).rows[0].s);
    expect(after.usage.patients.used).toBe(JSON.parse(seen).usage.patients.used + 1);
  }));
