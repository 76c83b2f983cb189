import type Stripe from 'stripe';
import { afterAll, describe, expect, test } from 'vitest';
import { customerAt, newestInvoice, problem, sellPlans, startEmulator } from '@/tests/support/stripe-emulator';

const emulated = await startEmulator();
const { stripe } = emulated;
const plans = await sellPlans(stripe);
afterAll(() => emulated.close());

const subscribe = async (customer: string, price: Stripe.Price, more: Partial<Stripe.SubscriptionCreateParams> = {}) => {
  const subscription = await stripe.subscriptions.create({ customer, items: [{ price: price.id }], ...more });
  const item = subscription.items.data[0]?.id ?? '';
  const priceNow = async () => (await stripe.subscriptions.retrieve(subscription.id)).items.data[0]?.price.id;
  return { id: subscription.id, item, priceNow };
};
const lines = ({ lines: { data } }: Stripe.Invoice) => data.map(({ amount }) => amount);
const balance = async (id: string) => ((await stripe.customers.retrieve(id)) as Stripe.Customer).balance;
const newest = (customer: string) => newestInvoice(stripe, customer);

describe('an upgrade within a period', () => {
  test('costs what the preview said: what is left of the new, less what is left of the old', async () => {
    const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z');
    const { id, item, priceNow } = await subscribe(customer, plans.small);
    await to('2026-04-11T00:00:00Z');
    const items = [{ id: item, price: plans.large.id }];
    const preview = await stripe.invoices.createPreview({
      subscription: id,
      subscription_details: { items, proration_behavior: 'always_invoice', proration_date: Date.parse('2026-04-11T00:00:00Z') / 1000 },
    });
    // Twenty of thirty days are left.
    expect(lines(preview)).toEqual([-2000, 6000]);
    expect(preview).toMatchObject({ amount_due: 4000, status: 'draft' });
    expect(await priceNow()).toBe(plans.small.id);
    await stripe.subscriptions.update(id, { items, proration_behavior: 'always_invoice' });
    expect(await priceNow()).toBe(plans.large.id);
    expect(await newest(customer)).toMatchObject({ total: 4000, status: 'paid', billing_reason: 'subscription_update' });
    await to('2026-05-01T02:00:00Z');
    expect(await newest(customer)).toMatchObject({ total: 9000, status: 'paid', billing_reason: 'subscription_cycle' });
  });

  test('waits for the next invoice where that was wished', async () => {
    const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z');
    const { id, item } = await subscribe(customer, plans.small);
    await to('2026-04-16T00:00:00Z');
    await stripe.subscriptions.update(id, { items: [{ id: item, price: plans.large.id }] });
    expect((await stripe.invoices.list({ customer })).data).toHaveLength(1);
    await to('2026-05-01T02:00:00Z');
    expect(lines(await newest(customer))).toEqual([-1500, 4500, 9000]);
  });

  test('is owed although the subscription ends with the period', async () => {
    const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z');
    const { id, item } = await subscribe(customer, plans.small);
    await to('2026-04-16T00:00:00Z');
    await stripe.subscriptions.update(id, { items: [{ id: item, price: plans.large.id }], cancel_at_period_end: true });
    await to('2026-05-01T02:00:00Z');
    expect(await newest(customer)).toMatchObject({ total: 3000, status: 'paid' });
    expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ status: 'canceled' });
  });

  test('and back again costs nothing, with a coupon too; a date outside the period is refused', async () => {
    const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z');
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'forever' });
    const { id, item } = await subscribe(customer, plans.small, { discounts: [{ coupon: coupon.id }] });
    await to('2026-04-16T00:00:00Z');
    for (const price of [plans.large, plans.small]) await stripe.subscriptions.update(id, { items: [{ id: item, price: price.id }] });
    const stale = Date.parse('2026-03-01T00:00:00Z') / 1000;
    const late = stripe.subscriptions.update(id, { items: [{ id: item, price: plans.large.id }], proration_date: stale });
    expect(await problem(late)).toMatchObject({ param: 'proration_date' });
    await to('2026-05-01T02:00:00Z');
    expect(await newest(customer)).toMatchObject({ total: 1500 });
  });

  test('from months to years begins a year today', async () => {
    const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z');
    const { id, item } = await subscribe(customer, plans.large);
    await to('2026-04-16T00:00:00Z');
    const changed = await stripe.subscriptions.update(id, {
      items: [{ id: item, price: plans.largeYear.id }],
      proration_behavior: 'always_invoice',
    });
    expect(changed.items.data[0]).toMatchObject({
      current_period_start: Date.parse('2026-04-16T00:00:00Z') / 1000,
      current_period_end: Date.parse('2027-04-16T00:00:00Z') / 1000,
    });
    const invoice = await newest(customer);
    expect(lines(invoice)).toEqual([-4500, 90_000]);
    expect(invoice).toMatchObject({ status: 'paid', amount_paid: 85_500 });
  });

  test('that cannot be paid changes nothing, or waits for the payment', async () => {
    const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z');
    const { id, item, priceNow } = await subscribe(customer, plans.small);
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: bad.id } });
    await to('2026-04-11T00:00:00Z');
    const change = (payment_behavior: 'error_if_incomplete' | 'pending_if_incomplete') =>
      stripe.subscriptions.update(id, {
        items: [{ id: item, price: plans.large.id }],
        proration_behavior: 'always_invoice',
        payment_behavior,
      });
    expect(await problem(change('error_if_incomplete'))).toMatchObject({ code: 'card_declined' });
    expect((await stripe.invoices.list({ customer })).data).toHaveLength(1);
    const events = async () => (await stripe.events.list({ limit: 100 })).data.length;
    const before = await events();
    expect(await problem(stripe.subscriptions.update(id, { metadata: { a: '1' }, expand: ['nonsense'] }))).toMatchObject({
      statusCode: 400,
    });
    expect([await events(), (await stripe.subscriptions.retrieve(id)).metadata]).toEqual([before, {}]);
    const pending = await change('pending_if_incomplete');
    expect(pending).toMatchObject({ status: 'active', pending_update: { subscription_items: [{ price: { id: plans.large.id } }] } });
    expect(await priceNow()).toBe(plans.small.id);
    await stripe.invoices.pay((await newest(customer)).id, { payment_method: 'pm_card_visa' });
    expect(await priceNow()).toBe(plans.large.id);
    expect((await stripe.subscriptions.retrieve(id)).pending_update).toBeNull();
    expect((await stripe.events.list({ type: 'customer.subscription.pending_update_applied' })).data).toHaveLength(1);
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ delinquent: false });
  });

  test('that waits for its payment is given up with the period, and the credit is there again', async () => {
    const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z');
    const { id, item, priceNow } = await subscribe(customer, plans.small);
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });
    await stripe.customers.update(customer, { balance: -40, invoice_settings: { default_payment_method: bad.id } });
    await to('2026-04-30T12:00:00Z');
    const changed = await stripe.subscriptions.update(id, {
      items: [{ id: item, price: plans.large.id }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    });
    expect(changed.pending_update?.expires_at).toBe(Date.parse('2026-05-01T00:00:00Z') / 1000);
    const waiting = await newest(customer);
    expect([waiting.total, waiting.amount_due, await balance(customer)]).toEqual([100, 60, 0]);
    await to('2026-05-01T00:30:00Z');
    expect(await stripe.invoices.retrieve(waiting.id)).toMatchObject({ status: 'void' });
    expect([await priceNow(), await balance(customer)]).toEqual([plans.small.id, -40]);
  });

  test('that waits for its payment is given up after a day', async () => {
    const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z', 'pm_card_visa');
    const { id, item, priceNow } = await subscribe(customer, plans.small);
    const asks = await stripe.paymentMethods.attach('pm_card_authenticationRequired', { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: asks.id } });
    await stripe.subscriptions.update(id, {
      items: [{ id: item, price: plans.large.id }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    });
    const invoice = await newest(customer);
    const payments = await stripe.invoicePayments.list({ invoice: invoice.id, expand: ['data.payment.payment_intent'] });
    expect(payments.data[0]?.payment.payment_intent).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } });
    await to('2026-04-02T00:00:00Z');
    expect((await stripe.subscriptions.retrieve(id)).pending_update).toBeNull();
    expect((await stripe.invoices.retrieve(invoice.id)).status).toBe('void');
    expect(await priceNow()).toBe(plans.small.id);
  });
});

test('a downgrade at the end of the period is a schedule, and can be called off', async () => {
  const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z');
  const { id, priceNow } = await subscribe(customer, plans.large);
  const schedule = await stripe.subscriptionSchedules.create({ from_subscription: id });
  const [current] = schedule.phases;
  const phases = [
    { items: [{ price: plans.large.id }], start_date: current?.start_date, end_date: current?.end_date },
    { items: [{ price: plans.small.id }], duration: { interval: 'month' as const }, proration_behavior: 'none' as const },
  ];
  await stripe.subscriptionSchedules.update(schedule.id, { phases, end_behavior: 'release' });
  expect(await problem(stripe.subscriptions.update(id, { cancel_at_period_end: true }))).toMatchObject({ statusCode: 400 });
  expect(await stripe.invoices.createPreview({ subscription: id })).toMatchObject({ total: 3000 });
  await stripe.subscriptionSchedules.release(schedule.id);
  expect((await stripe.subscriptions.retrieve(id)).schedule).toBeNull();
  const again = await stripe.subscriptionSchedules.create({ from_subscription: id });
  await stripe.subscriptionSchedules.update(again.id, { phases, end_behavior: 'release' });
  await to('2026-04-30T00:00:00Z');
  expect(await priceNow()).toBe(plans.large.id);
  await to('2026-05-01T02:00:00Z');
  expect(await priceNow()).toBe(plans.small.id);
  expect(await newest(customer)).toMatchObject({ total: 3000, status: 'paid' });
  await to('2026-06-01T02:00:00Z');
  expect(await stripe.subscriptionSchedules.retrieve(again.id)).toMatchObject({ status: 'released', released_subscription: id });
  expect(await newest(customer)).toMatchObject({ total: 3000, status: 'paid' });
});
