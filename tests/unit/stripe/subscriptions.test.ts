import type Stripe from 'stripe';
import { afterAll, describe, expect, test } from 'vitest';
import { customerAt, problem, sellPlans, startEmulator } from '@/tests/support/stripe-emulator';

const emulated = await startEmulator();
const { stripe } = emulated;
const plans = await sellPlans(stripe);
afterAll(() => emulated.close());

const at = (time: string) => Date.parse(time) / 1000;
const day = (seconds: number | null | undefined) => new Date((seconds ?? 0) * 1000).toISOString().slice(0, 10);
const period = ({ items }: Stripe.Subscription) =>
  items.data.map((item) => `${day(item.current_period_start)} ${day(item.current_period_end)}`)[0];
const subscribe = (customer: string, price: Stripe.Price, more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
  stripe.subscriptions.create({ customer, items: [{ price: price.id }], expand: ['latest_invoice'], ...more });
const invoices = async (customer: string) =>
  (await stripe.invoices.list({ customer, limit: 100 })).data.map(
    ({ status, total, billing_reason }) => `${billing_reason} ${status} ${total}`,
  );
const now = (id: string) => stripe.subscriptions.retrieve(id);
describe('a subscription on a test clock', () => {
  test('is paid at once, renews, and its invoice becomes final an hour later', async () => {
    const { customer, to } = await customerAt(stripe, '2026-01-31T10:00:00Z');
    const { id, status, latest_invoice } = await subscribe(customer, plans.small);
    expect(status).toBe('active');
    expect(latest_invoice).toMatchObject({ status: 'paid', total: 3000, amount_paid: 3000, billing_reason: 'subscription_create' });
    expect(period(await now(id))).toBe('2026-01-31 2026-02-28');
    await to('2026-02-28T10:30:00Z');
    expect(await invoices(customer)).toEqual(['subscription_cycle draft 3000', 'subscription_create paid 3000']);
    // A short month does not shift the ones after it.
    expect(period(await now(id))).toBe('2026-02-28 2026-03-31');
    await to('2026-02-28T11:00:00Z');
    expect(await invoices(customer)).toEqual(['subscription_cycle paid 3000', 'subscription_create paid 3000']);
    await to('2026-04-02T00:00:00Z');
    expect(period(await now(id))).toBe('2026-03-31 2026-04-30');
    expect(await problem(to('2027-04-02T00:00:00Z'))).toMatchObject({ param: 'frozen_time' });
  });

  test('a trial costs nothing until it ends, and warns three days before', async () => {
    const { customer, to } = await customerAt(stripe, '2026-01-01T00:00:00Z');
    const { id, status } = await subscribe(customer, plans.large, { trial_end: at('2026-01-15T00:00:00Z') });
    expect(status).toBe('trialing');
    expect(await invoices(customer)).toEqual(['subscription_create paid 0']);
    const warned = async () =>
      (await stripe.events.list({ type: 'customer.subscription.trial_will_end', limit: 100 })).data.filter(
        ({ data }) => (data.object as Stripe.Subscription).id === id,
      ).length;
    await to('2026-01-11T00:00:00Z');
    expect(await warned()).toBe(0);
    await to('2026-01-12T00:00:00Z');
    expect(await warned()).toBe(1);
    await to('2026-01-15T02:00:00Z');
    expect(await now(id)).toMatchObject({ status: 'active' });
    expect(period(await now(id))).toBe('2026-01-15 2026-02-15');
    expect(await invoices(customer)).toEqual(['subscription_cycle paid 9000', 'subscription_create paid 0']);
    expect(await warned()).toBe(1);
  });

  test('a trial that ends without a card is over, where that was wished', async () => {
    const { customer, to } = await customerAt(stripe, '2026-01-01T00:00:00Z', null);
    const { id } = await subscribe(customer, plans.small, {
      trial_end: at('2026-01-15T00:00:00Z'),
      trial_settings: { end_behavior: { missing_payment_method: 'cancel' } },
    });
    await to('2026-01-16T00:00:00Z');
    expect(await now(id)).toMatchObject({ status: 'canceled' });
  });

  test('a payment that fails is tried three times more, leaves it past due, and paying mends it', async () => {
    const { customer, to } = await customerAt(stripe, '2026-01-01T00:00:00Z');
    const { id } = await subscribe(customer, plans.small);
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: bad.id } });
    await to('2026-02-01T02:00:00Z');
    const open = async () => (await stripe.invoices.list({ customer, status: 'open' })).data[0];
    expect(await now(id)).toMatchObject({ status: 'past_due' });
    expect(await open()).toMatchObject({ attempt_count: 1, next_payment_attempt: at('2026-02-04T01:00:00Z') });
    // Trying by hand does not use the automatic attempts up.
    expect(await problem(stripe.invoices.pay((await open())?.id ?? ''))).toMatchObject({ code: 'card_declined' });
    expect(await open()).toMatchObject({ attempt_count: 1, next_payment_attempt: at('2026-02-04T01:00:00Z') });
    for (const [moment, attempts] of [
      ['2026-02-05T00:00:00Z', 2],
      ['2026-02-10T00:00:00Z', 3],
      ['2026-02-17T00:00:00Z', 4],
    ] as const) {
      await to(moment);
      expect(await open()).toMatchObject({ attempt_count: attempts });
    }
    expect((await open())?.next_payment_attempt).toBeNull();
    await to('2026-02-27T00:00:00Z');
    expect(await now(id)).toMatchObject({ status: 'past_due' });
    const invoice = (await open())?.id ?? '';
    expect(await problem(stripe.invoices.pay(invoice))).toMatchObject({ code: 'card_declined', statusCode: 402 });
    const other = await customerAt(stripe, '2026-01-01T00:00:00Z');
    const [foreign] = (await stripe.customers.listPaymentMethods(other.customer)).data;
    expect(await problem(stripe.invoices.pay(invoice, { payment_method: foreign?.id ?? '' }))).toMatchObject({ param: 'payment_method' });
    expect(await stripe.invoices.pay(invoice, { payment_method: 'pm_card_visa' })).toMatchObject({ status: 'paid' });
    expect(await now(id)).toMatchObject({ status: 'active' });
    expect(await problem(stripe.invoices.pay(invoice))).toMatchObject({ code: 'invoice_already_paid' });
  });

  test('one that ends with its period can be resumed before, and is over after', async () => {
    const { customer, to } = await customerAt(stripe, '2026-01-01T00:00:00Z');
    const { id } = await subscribe(customer, plans.small);
    const ending = await stripe.subscriptions.update(id, {
      cancel_at_period_end: true,
      cancellation_details: { comment: 'too dear', feedback: 'too_expensive' },
    });
    expect(ending).toMatchObject({
      cancel_at: at('2026-02-01T00:00:00Z'),
      cancellation_details: { comment: 'too dear', feedback: 'too_expensive' },
    });
    expect(await stripe.subscriptions.update(id, { cancel_at_period_end: false })).toMatchObject({ cancel_at: null, canceled_at: null });
    await stripe.subscriptions.update(id, { cancel_at_period_end: true });
    await to('2026-02-01T00:00:00Z');
    expect(await now(id)).toMatchObject({ status: 'canceled', ended_at: at('2026-02-01T00:00:00Z') });
    expect(await invoices(customer)).toHaveLength(1);
    expect(await problem(stripe.subscriptions.update(id, { cancel_at_period_end: false }))).toMatchObject({ statusCode: 400 });
  });

  test('a first payment that fails leaves it incomplete, and after a day it is over', async () => {
    const { customer, to } = await customerAt(stripe, '2026-01-01T00:00:00Z', 'pm_card_chargeCustomerFail');
    const { id } = await subscribe(customer, plans.small);
    expect(await now(id)).toMatchObject({ status: 'incomplete' });
    await to('2026-01-02T00:00:00Z');
    expect(await now(id)).toMatchObject({ status: 'incomplete_expired' });
    expect(await invoices(customer)).toEqual(['subscription_create void 3000']);
    expect(await problem(subscribe(customer, plans.small, { payment_behavior: 'error_if_incomplete' }))).toMatchObject({
      code: 'card_declined',
    });
    expect((await stripe.subscriptions.list({ customer, status: 'all' })).data).toHaveLength(1);
  });

  test('the end of a subscription at once', async () => {
    const { customer } = await customerAt(stripe, '2026-01-01T00:00:00Z');
    const { id } = await subscribe(customer, plans.small);
    expect(await stripe.subscriptions.cancel(id)).toMatchObject({ status: 'canceled' });
    expect((await stripe.subscriptions.list({ customer })).data).toEqual([]);
    expect((await stripe.subscriptions.list({ customer, status: 'ended' })).data).toHaveLength(1);
  });
});
