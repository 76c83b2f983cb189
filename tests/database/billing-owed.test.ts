import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wayTo } from '@/lib/billing/changes';
import { beginCheckout, changeNow, dropSubscription, payOpenInvoice } from '@/lib/billing/stripe-commands';
import { settleBilling } from '@/lib/billing/sync';
import { type Billing, type Clinic, on, openBilling } from '../support/billed-clinic';
import { offerOf, pay, standing, stateOf, sync } from '../support/billing';
import { as, become, failure } from '../support/database';
import { stack } from '../support/env';
import { bind, openSession } from '../support/world';

let b: Billing;
beforeAll(async () => {
  b = await openBilling('billing-owed');
});
afterAll(() => b.close());

/** Has a clinic's renewal refused on day 53, and the clinic put on hold for it. */
const failToPay = async (clinic: Clinic) => {
  await b.subscribe(clinic, 22, 'starter');
  const { id: bad } = await b.emulated.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: clinic.customer });
  await b.emulated.stripe.subscriptions.update((await b.state()).subscription ?? '', { default_payment_method: bad });
  await b.to(clinic, 68);
  await sync(b.sql, b.emulated, clinic.id, on(68));
  expect(await standing(b.sql, clinic.id)).toEqual({ status: 'past_due', plan: 'starter', holds: ['unpaid'] });
};

describe('when what was paid for ends', () => {
  const end = async (clinic: Clinic) => {
    await b.emulated.stripe.subscriptions.cancel((await b.state()).subscription ?? '');
    await sync(b.sql, b.emulated, clinic.id, on(30));
  };

  test('a clinic that Free can hold goes on with Free', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      await end(clinic);
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'free', holds: [] });
      await b.subscribe(clinic, 31, 'professional');
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'professional', holds: [] });
    }));

  test('one that has more waits under a hold, with all its data, and opens when it pays', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      await b.sql.query(
        `insert into public.patients (tenant_id, given_name, family_name, birth_date)
         select $1, 'Pat', 'Patient ' || n, '1980-01-01' from generate_series(1, 101) as n`,
        [clinic.id],
      );
      await end(clinic);
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'cancelled', plan: 'free', holds: ['unpaid'] });
      expect((await b.sql.query('select count(*)::int as n from public.patients where tenant_id = $1', [clinic.id])).rows[0].n).toBe(101);
      await become(b.sql, b.owner);
      await b.sql.query('savepoint asked');
      await expect(b.sql.query('select public.choose_free()')).rejects.toMatchObject({
        code: 'YB002',
        detail: '[{"used": 101, "limit": 100, "metric": "patients"}]',
      });
      await b.sql.query('rollback to savepoint asked');
      await b.sql.query('reset role');
      await b.settle(clinic, 60);
      expect(await standing(b.sql, clinic.id)).toMatchObject({ holds: ['unpaid'] });
      await b.subscribe(clinic, 61, 'starter');
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
    }));
});

describe('what is owed', () => {
  test('is not forgotten by cancelling, and no other plan is sold until it is paid', () =>
    b.withClinic(async (clinic) => {
      await failToPay(clinic);
      await b.emulated.stripe.subscriptions.cancel((await b.state()).subscription ?? '');
      await sync(b.sql, b.emulated, clinic.id, on(69));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'cancelled', plan: 'free', holds: ['unpaid'] });
      const offer = await offerOf(b.sql, 'starter');
      await expect(beginCheckout(b.emulated.stripe, await b.state(), offer, 'http://rules.localhost', on(69))).rejects.toMatchObject({
        code: 'payment_failed',
      });
      const invoice = await payOpenInvoice(b.emulated.stripe, await b.state());
      if (invoice.done) throw new Error('it was paid');
      expect((await pay(invoice.url)).status).toBeLessThan(400);
      await sync(b.sql, b.emulated, clinic.id, on(69));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'free', holds: [] });
    }));

  test('is written off with the plan where a clinic on hold for it chooses Free', () =>
    b.withClinic(async (clinic) => {
      await failToPay(clinic);
      expect(wayTo(await b.state(), { plan: 'free', position: 1, interval: 'month' })).toBe('free');
      await dropSubscription(b.emulated.stripe, await b.state());
      await sync(b.sql, b.emulated, clinic.id, on(69));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'free', holds: [] });
      const { data } = await b.emulated.stripe.invoices.list({ customer: clinic.customer, status: 'open' });
      expect(data).toEqual([]);
    }));

  test('puts nobody on hold by the clock alone: Stripe is asked first', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      await b.sql.query(`update public.tenant_subscriptions set past_due_since = $2, status = 'past_due' where tenant_id = $1`, [
        clinic.id,
        on(30),
      ]);
      await settleBilling(b.query, on(60));
      expect((await standing(b.sql, clinic.id)).holds).toEqual([]);
      await sync(b.sql, b.emulated, clinic.id, on(60));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
    }));
});

describe('Free', () => {
  test('can be chosen when the trial is over, which lifts its hold, and is chosen at once', () =>
    b.withClinic(async (clinic) => {
      await b.settle(clinic, 21);
      expect(await standing(b.sql, clinic.id)).toMatchObject({ holds: ['trial_expired'] });
      await as(b.sql, b.owner, async () => {
        await b.sql.query('select public.choose_free()');
        await b.sql.query('reset role');
        expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'free', holds: [] });
      });
      expect(await standing(b.sql, clinic.id)).toMatchObject({ holds: ['trial_expired'] });
    }));

  test('is no way out of a plan that runs', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      expect(await as(b.sql, b.owner, () => failure(b.sql.query('select public.choose_free()')))).toBe('YB003');
    }));
});

describe('a payment', () => {
  test('lifts the holds of billing, and no other; while the platform has paused the clinic nothing is sold', () =>
    b.withClinic(async (clinic) => {
      await failToPay(clinic);
      const place = (kind: string) =>
        b.sql.query(`insert into public.tenant_holds (tenant_id, kind, reason) values ($1, $2, 'misuse')`, [clinic.id, kind]);
      await place('admin');
      const offer = await offerOf(b.sql, 'professional');
      await expect(changeNow(b.emulated.stripe, await b.state(), offer)).rejects.toMatchObject({ code: 'forbidden' });
      const invoice = await payOpenInvoice(b.emulated.stripe, await b.state());
      if (invoice.done) throw new Error('it was paid');
      expect((await pay(invoice.url)).status).toBeLessThan(400);
      await sync(b.sql, b.emulated, clinic.id, on(69));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: ['admin'] });
      await place('security');
      await sync(b.sql, b.emulated, clinic.id, on(69));
      expect((await standing(b.sql, clinic.id)).holds).toEqual(['admin', 'security']);
      // Signed in anew, somebody else may sit in the owner's chair.
      const again = await openSession(stack, b.owner.email);
      await bind(b.sql, clinic.id, again);
      for (const text of ['select public.choose_free()', `select public.begin_billing_act('billing.update')`])
        expect(await as(b.sql, again, () => failure(b.sql.query(text))), text).toBe('42501');
      expect((await stateOf(b.sql, again)).plan.key).toBe('starter');
    }));

  test('that comes after a suspension is for the time before it alone', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      const { id: bad } = await b.emulated.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: clinic.customer });
      await b.emulated.stripe.subscriptions.update((await b.state()).subscription ?? '', { default_payment_method: bad });
      // Refused on day 53, on hold on day 67, and the next two periods begin on days 83 and 114.
      for (const days of [54, 67.5, 84, 115]) {
        await b.to(clinic, days);
        await sync(b.sql, b.emulated, clinic.id, on(days));
        await sync(b.sql, b.emulated, clinic.id, on(days));
      }
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'past_due', plan: 'starter', holds: ['unpaid'] });
      const { data } = await b.emulated.stripe.invoices.list({ customer: clinic.customer });
      expect(data.map(({ status }) => status)).toEqual(['void', 'void', 'open', 'paid']);
      const { id: good } = await b.emulated.stripe.paymentMethods.attach('pm_card_visa', { customer: clinic.customer });
      await b.emulated.stripe.subscriptions.update((await b.state()).subscription ?? '', { default_payment_method: good });
      expect(await payOpenInvoice(b.emulated.stripe, await b.state())).toEqual({ done: true });
      await sync(b.sql, b.emulated, clinic.id, on(115));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
      await b.to(clinic, 146);
      await sync(b.sql, b.emulated, clinic.id, on(146));
      const after = await b.emulated.stripe.invoices.list({ customer: clinic.customer });
      expect(after.data.map(({ status, amount_paid }) => [status, amount_paid])).toEqual([
        ['paid', 4900],
        ['void', 0],
        ['void', 0],
        ['paid', 4900],
        ['paid', 4900],
      ]);
    }));

  test('that is late is asked for by every open invoice, the oldest first', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      const { id: bad } = await b.emulated.stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: clinic.customer });
      await b.emulated.stripe.subscriptions.update((await b.state()).subscription ?? '', { default_payment_method: bad });
      await b.to(clinic, 22 + 32);
      await sync(b.sql, b.emulated, clinic.id, on(22 + 32));
      const refused = await payOpenInvoice(b.emulated.stripe, await b.state());
      if (refused.done) throw new Error('it was paid');
      expect((await standing(b.sql, clinic.id)).status).toBe('past_due');
      expect((await pay(refused.url)).status).toBeLessThan(400);
      await sync(b.sql, b.emulated, clinic.id, on(22 + 33));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
      await expect(payOpenInvoice(b.emulated.stripe, await b.state())).rejects.toMatchObject({ code: 'not_found' });
    }));
});
