import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { beginCheckout } from '@/lib/billing/stripe-commands';
import { lookUpStripeEvent, reconcileBilling, syncBilling } from '@/lib/billing/sync';
import { type Billing, on, openBilling } from '../support/billed-clinic';
import { offerOf, pay, standing, sync } from '../support/billing';
import { as, failure, rolledBack } from '../support/database';
import { loadWorld, type Person } from '../support/world';

const { people } = loadWorld();
let b: Billing;
beforeAll(async () => {
  b = await openBilling('billing-stripe');
});
afterAll(() => b.close());

describe('what Stripe says', () => {
  test('with a price of nobody’s changes nothing, raises an alert, and waits for somebody to look', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      const product = await b.emulated.stripe.products.create({ name: 'Stranger' });
      const stranger = await b.emulated.stripe.prices.create({
        product: product.id,
        currency: 'usd',
        unit_amount: 100,
        recurring: { interval: 'month' },
      });
      const { subscription } = await b.state();
      const found = await b.emulated.stripe.subscriptions.retrieve(subscription ?? '');
      await b.emulated.stripe.subscriptions.update(found.id, { items: [{ id: found.items.data[0]?.id ?? '', price: stranger.id }] });
      await b.store('evt_stranger', 'customer.subscription.updated', clinic.customer);
      const before = await b.state();
      for (const final of [false, true]) {
        await b.sql.query('savepoint attempt');
        // The worker has no transaction of its own around it: what failed is undone, the note about it stays.
        const separate = async (text: string, values?: unknown[]) => {
          await b.sql.query('savepoint one');
          try {
            return await b.sql.query(text, values);
          } catch (error) {
            await b.sql.query('rollback to savepoint one');
            throw error;
          }
        };
        await expect(syncBilling(b.emulated.stripe, separate, clinic.id, { final, now: on(23) })).rejects.toMatchObject({ code: 'YB001' });
      }
      expect({ ...(await b.state()), synced: 0 }).toEqual({ ...before, synced: 0 });
      expect(await b.alerts(clinic)).toEqual([{ kind: 'unknown_price', about: stranger.id, detail: '' }]);
      expect(await b.eventOf('evt_stranger')).toMatchObject({ state: 'dead', attempts: 2, last_error: 'error: YB001' });
      await as(b.sql, people.platform_admin, async () => {
        const { rows } = await b.sql.query('select public.list_billing_problems() as problems');
        expect(rows[0].problems.events).toMatchObject([{ id: 'evt_stranger', clinic: 'Rules Clinic', attempts: 2 }]);
        expect(rows[0].problems.alerts).toMatchObject([{ kind: 'unknown_price', clinic: 'Rules Clinic' }]);
        expect((await b.sql.query(`select public.retry_stripe_event('evt_stranger') as done`)).rows[0].done).toBe(true);
        expect((await b.sql.query(`select public.retry_stripe_event('evt_stranger') as done`)).rows[0].done).toBe(false);
        await b.sql.query('reset role');
        expect(await b.eventOf('evt_stranger')).toMatchObject({ state: 'pending', attempts: 0 });
      });
    }));

  test('with a price of nobody’s ends the plan all the same when it ends', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      await b.store('evt_covered', 'customer.subscription.updated', clinic.customer);
      await b.sql.query(`update private.stripe_events set state = 'dead' where id = 'evt_covered'`);
      await b.sql.query(`update public.plan_prices set stripe_price_id = null where stripe_price_id is not null`);
      await b.emulated.stripe.subscriptions.cancel((await b.state()).subscription ?? '');
      await sync(b.sql, b.emulated, clinic.id, on(23));
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'free', holds: [] });
      // What was given up on is covered by what succeeded later.
      expect(await b.eventOf('evt_covered')).toMatchObject({ state: 'applied' });
    }));

  test('earlier never replaces what it said later', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      const { rows: asked } = await b.sql.query('select private.begin_billing_sync($1) as begun', [clinic.id]);
      const { place, applied } = asked[0].begun;
      await b.store('evt_early', 'customer.subscription.updated', clinic.customer);
      await b.emulated.stripe.subscriptions.cancel((await b.state()).subscription ?? '');
      await sync(b.sql, b.emulated, clinic.id, on(23));
      const facts = {
        converted_at: null,
        subscription: { id: 'sub_old', status: 'active', price: (await offerOf(b.sql, 'enterprise')).price },
      };
      const { rows } = await b.sql.query('select private.apply_billing($1, $2, $3, $4, $5) as changed', [
        clinic.id,
        place,
        applied,
        facts,
        [],
      ]);
      expect(rows[0].changed).toBeNull();
      expect(await standing(b.sql, clinic.id)).toMatchObject({ plan: 'free' });
      expect(await b.eventOf('evt_early')).toMatchObject({ state: 'applied' });
    }));

  test('of a customer that was deleted ends the plan; the clinic gets another customer', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      await b.emulated.stripe.customers.del(clinic.customer);
      await sync(b.sql, b.emulated, clinic.id, on(23));
      expect(await b.alerts(clinic)).toEqual([{ kind: 'customer_deleted', about: clinic.customer, detail: '' }]);
      const { customer } = await b.state();
      expect(customer).not.toBe(clinic.customer);
      await sync(b.sql, b.emulated, clinic.id, on(23));
      expect((await b.state()).customer).toBe(customer);
      expect(await standing(b.sql, clinic.id)).toMatchObject({ plan: 'free', status: 'active' });
    }));

  test('about a dispute finds its clinic and raises an alert; a stranger’s is put aside', () =>
    b.withClinic(async (clinic) => {
      await b.subscribe(clinic, 22, 'starter');
      const intents = await b.emulated.stripe.invoicePayments.list({ limit: 1 });
      const intent = await b.emulated.stripe.paymentIntents.retrieve(String(intents.data[0]?.payment.payment_intent));
      await b.emulated.post(`/emulator/charges/${intent.latest_charge}/dispute`);
      const [dispute] = (await b.emulated.stripe.disputes.list({ charge: String(intent.latest_charge) })).data;
      await b.store('evt_dispute', 'charge.dispute.created', null, 'look_up', dispute?.id);
      await lookUpStripeEvent(b.emulated.stripe, b.query, 'evt_dispute', false);
      expect(await b.alerts(clinic)).toEqual([{ kind: 'dispute', about: dispute?.id, detail: 'charge.dispute.created' }]);
      expect(await b.eventOf('evt_dispute')).toMatchObject({ state: 'pending', tenant_id: clinic.id });
      await sync(b.sql, b.emulated, clinic.id, on(22));
      expect(await b.eventOf('evt_dispute')).toMatchObject({ state: 'applied' });
      await b.store('evt_stranger', 'customer.subscription.updated', 'cus_of_somebody_else');
      expect(await b.eventOf('evt_stranger')).toMatchObject({ state: 'ignored' });
    }));

  test('is found out by the hourly comparison alone when every event is lost, and reported', () =>
    b.withClinic(async (clinic) => {
      await b.to(clinic, 22);
      const page = await beginCheckout(
        b.emulated.stripe,
        await b.state(),
        await offerOf(b.sql, 'starter'),
        'http://rules.localhost',
        on(22),
      );
      await pay(page);
      expect(await standing(b.sql, clinic.id)).toMatchObject({ status: 'trialing' });
      await reconcileBilling(b.emulated.stripe, b.query);
      expect(await standing(b.sql, clinic.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
      expect(await b.alerts(clinic)).toMatchObject([{ kind: 'drift', detail: expect.stringContaining('stripe_status') }]);
      await reconcileBilling(b.emulated.stripe, b.query);
      expect(await b.alerts(clinic)).toHaveLength(1);
    }));
});

test('only who may see the plan sees it, and only who may change it asks Stripe', () =>
  rolledBack(b.sql, async () => {
    const refusal = (person: Person, text: string) => as(b.sql, person, () => failure(b.sql.query(text)));
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
    const seen = await as(b.sql, people.birch_owner, async () =>
      JSON.stringify((await b.sql.query('select public.billing_state() as s')).rows[0].s),
    );
    const { rows } = await b.sql.query(`select id from public.tenants where slug = 'birch'`);
    expect(JSON.parse(seen).tenant_id).toBe(rows[0].id);
  }));
