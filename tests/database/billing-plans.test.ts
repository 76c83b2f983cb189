import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { beginCheckout, cancelAtEnd, changeLater, changeNow, resume } from '@/lib/billing/stripe-commands';
import { settleBilling } from '@/lib/billing/sync';
import { type Billing, on, openBilling } from '../support/billed-clinic';
import { noticesOf, offerOf, pay, standing, sync } from '../support/billing';
import { rolledBack } from '../support/database';
import { createClinic } from '../support/world';

let b: Billing;
beforeAll(async () => {
  b = await openBilling('billing-plans');
});
afterAll(() => b.close());

describe('a plan chosen during the trial', () => {
  test('begins when the trial ends, and the trial goes on until then', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 4, 'starter');
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'trialing', plan: 'professional', holds: [] });
      await b.settle(clinic, 11);
      expect(await noticesOf(b.sql, clinic.id)).toEqual(['trial_converting']);
      await b.to(clinic, 14.2);
      await sync(b.sql, b.emulated, clinic.id, on(14.2));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
      const { data } = await b.emulated.stripe.invoices.list({ customer: clinic.customer });
      expect(data.map(({ amount_paid }) => amount_paid)).toEqual([4900, 0]);
    }));

  test('can be chosen anew, and given up; then the trial is as it was', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 1, 'enterprise');
      expect(await changeNow(b.emulated.stripe, await b.state(), await offerOf(b.sql, 'starter', 'year'))).toEqual({ done: true });
      await sync(b.sql, b.emulated, clinic.id, on(1));
      expect(await standing(b.sql, clinic.id)).toMatchObject({ status: 'trialing', plan: 'professional' });
      expect((await b.state()).bought).toMatchObject({ key: 'starter', interval: 'year', amount: 49_000 });
      await cancelAtEnd(b.emulated.stripe, await b.state(), { reason: 'other' });
      await b.to(clinic, 15);
      await sync(b.sql, b.emulated, clinic.id, on(15));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'trialing', plan: 'professional', holds: [] });
      await b.settle(clinic, 21);
      expect(await standing(b.sql, clinic.id)).toMatchObject({ holds: ['trial_expired'] });
    }));

  test('is paid at once where less than two days are left', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 12.5, 'starter');
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
    }));
});

describe('a change of plan', () => {
  test('to a smaller one comes with the next period, and can be taken back', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'professional');
      await changeLater(b.emulated.stripe, await b.state(), await offerOf(b.sql, 'starter'));
      await sync(b.sql, b.emulated, clinic.id, on(22));
      const scheduled = await b.state();
      expect(scheduled).toMatchObject({ plan: { key: 'professional' }, next: { key: 'starter', interval: 'month' } });
      expect(Date.parse(scheduled.next?.starts_at ?? '')).toBe(Date.parse(scheduled.period_end ?? ''));
      await resume(b.emulated.stripe, scheduled);
      await sync(b.sql, b.emulated, clinic.id, on(22));
      expect((await b.state()).next).toBeNull();
      await changeLater(b.emulated.stripe, await b.state(), await offerOf(b.sql, 'starter'));
      await b.to(clinic, 22 + 32);
      await sync(b.sql, b.emulated, clinic.id, on(22 + 32));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
      expect(await noticesOf(b.sql, clinic.id)).toEqual(['plan_begun', 'plan_changed']);
    }));

  test.each([
    ['whose bank refuses', '4000000000000341', '4242424242424242'],
    ['whose bank asks', '4000002760003184', '4000002760003184'],
  ])('that is not paid, by a card %s, does not happen until it is', (_what, card, later) =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      const { id: method } = await b.emulated.stripe.paymentMethods.attach(
        card.endsWith('341') ? 'pm_card_chargeCustomerFail' : 'pm_card_authenticationRequired',
        { customer: clinic.customer },
      );
      const before = await b.state();
      await b.emulated.stripe.subscriptions.update(before.subscription ?? '', { default_payment_method: method });
      const outcome = await changeNow(b.emulated.stripe, before, await offerOf(b.sql, 'professional'), undefined, on(22));
      if (outcome.done) throw new Error('it was paid');
      await sync(b.sql, b.emulated, clinic.id, on(22));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
      expect((await pay(outcome.url, later, { bank: 'confirmed' })).status).toBeLessThan(400);
      await sync(b.sql, b.emulated, clinic.id, on(22));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'professional', holds: [] });
    }),
  );

  test('costs what was shown, and no other moment can be made up', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      const enterprise = await offerOf(b.sql, 'enterprise', 'year');
      const before = await b.state();
      for (const moment of [before.period_end, before.period_start, on(23).toISOString(), on(21).toISOString()])
        await expect(
          changeNow(b.emulated.stripe, before, enterprise, Math.floor(Date.parse(moment ?? '') / 1000), on(22.5)),
        ).rejects.toMatchObject({ code: 'stale' });
      const shown = Math.floor(on(22).getTime() / 1000);
      expect(await changeNow(b.emulated.stripe, before, enterprise, shown, on(22))).toEqual({ done: true });
    }));

  test('to a smaller one keeps a promotion code that still runs', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'professional');
      const coupon = await b.emulated.stripe.coupons.create({ percent_off: 50, duration: 'forever' });
      await b.emulated.stripe.subscriptions.update((await b.state()).subscription ?? '', { discounts: [{ coupon: coupon.id }] });
      await changeLater(b.emulated.stripe, await b.state(), await offerOf(b.sql, 'starter'));
      await b.to(clinic, 22 + 32);
      const [renewal] = (await b.emulated.stripe.invoices.list({ customer: clinic.customer })).data;
      expect(renewal?.amount_paid).toBe(2450);
    }));

  test('waits for a smaller plan that is to come to be taken back', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'professional');
      await changeLater(b.emulated.stripe, await b.state(), await offerOf(b.sql, 'starter'));
      await sync(b.sql, b.emulated, clinic.id, on(22));
      await expect(changeNow(b.emulated.stripe, await b.state(), await offerOf(b.sql, 'enterprise'))).rejects.toThrow(
        'Keep Professional first',
      );
      expect((await b.state()).next).toMatchObject({ key: 'starter' });
    }));

  test('waits for what is owed, and for a cancellation that was not taken back', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      const professional = await offerOf(b.sql, 'professional');
      await expect(
        changeNow(b.emulated.stripe, { ...(await b.state()), past_due_since: on(22).toISOString() }, professional),
      ).rejects.toThrow('Pay the open invoice');
      await cancelAtEnd(b.emulated.stripe, await b.state(), { reason: 'unused' });
      await sync(b.sql, b.emulated, clinic.id, on(22));
      await expect(changeLater(b.emulated.stripe, await b.state(), professional)).rejects.toThrow('Resume it first');
      await resume(b.emulated.stripe, await b.state());
      await sync(b.sql, b.emulated, clinic.id, on(22));
      expect((await b.state()).ends_at).toBeNull();
      expect(await changeNow(b.emulated.stripe, await b.state(), professional)).toEqual({ done: true });
    }));

  test('leaves who bought an earlier version of the plan on what they bought', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      await b.sql.query(
        `with fresh as (insert into public.plans (key, version, name, position) values ('starter', 2, 'Starter', 2) returning id),
           priced as (insert into public.plan_prices (plan_id, interval, currency, amount_minor, stripe_price_id)
             select id, 'month', 'usd', 5900, 'price_of_version_2' from fresh)
         insert into public.plan_limits (plan_id, metric, max_value) select id, 'patients', 7 from fresh`,
      );
      await sync(b.sql, b.emulated, clinic.id, on(23));
      expect((await b.state()).bought).toMatchObject({ key: 'starter', version: 1, amount: 4900 });
      expect((await b.sql.query(`select private.plan_limit($1, 'patients')::int as held`, [clinic.id])).rows).toEqual([{ held: 1000 }]);
    }));
});

describe('a second payment page', () => {
  test('closes the first, and none opens beside a running plan', () =>
    b.withClinic(async (clinic) => {
      await b.to(clinic, 22);
      const offer = await offerOf(b.sql, 'starter');
      const first = await beginCheckout(b.emulated.stripe, await b.state(), offer, 'http://rules.localhost', on(22));
      const before = await b.state();
      const second = await beginCheckout(b.emulated.stripe, before, offer, 'http://rules.localhost', on(22));
      expect((await pay(first)).status).toBe(404);
      expect((await pay(second)).status).toBe(303);
      // What the page knew is old by now: Stripe is asked.
      await expect(beginCheckout(b.emulated.stripe, before, offer, 'http://rules.localhost', on(22))).rejects.toMatchObject({
        code: 'subscribed',
      });
    }));

  test('that was paid all the same is reported, and what counted so far goes on counting', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      const { id } = await b.emulated.stripe.subscriptions.create({
        customer: clinic.customer,
        items: [{ price: (await offerOf(b.sql, 'professional')).price ?? '' }],
        default_payment_method: (await b.emulated.stripe.paymentMethods.attach('pm_card_visa', { customer: clinic.customer })).id,
      });
      await sync(b.sql, b.emulated, clinic.id, on(22));
      expect(await standing(b.sql, clinic.id)).toMatchObject({ plan: 'starter' });
      expect(await b.alerts(clinic)).toEqual([{ kind: 'second_subscription', about: id, detail: '' }]);
    }));
});

test('J1 a worker whose clock is wrong ends no trial: the database’s clock counts', () =>
  rolledBack(b.sql, async () => {
    const id = await createClinic(b.sql, 'skewed', 'Skewed Clinic', b.owner);
    await b.sql.query(`update public.tenant_subscriptions set trial_ends_at = now() + interval '10 days' where tenant_id = $1`, [id]);
    const notices = async () => (await b.sql.query('select kind from private.billing_notices where tenant_id = $1', [id])).rows;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 12 * 86_400_000 });
    try {
      await settleBilling(b.query);
      expect(await notices()).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
    await settleBilling(b.query, new Date(Date.now() + 12 * 86_400_000));
    expect(await notices()).toEqual([{ kind: 'trial_over' }]);
  }));
