import type Stripe from 'stripe';
import { afterAll, describe, expect, test } from 'vitest';
import { customerAt, newestInvoice, problem, sellPlans, startEmulator } from '@/tests/support/stripe-emulator';

const emulated = await startEmulator();
const { stripe } = emulated;
const plans = await sellPlans(stripe);
afterAll(() => emulated.close());

const newest = (customer: string) => newestInvoice(stripe, customer);
const balance = async (id: string) => ((await stripe.customers.retrieve(id)) as Stripe.Customer).balance;
const subscribe = async (customer: string, price: Stripe.Price, more: Partial<Stripe.SubscriptionCreateParams> = {}) => {
  const { id, items } = await stripe.subscriptions.create({ customer, items: [{ price: price.id }], ...more });
  return { id, item: items.data[0]?.id ?? '' };
};

describe('coupons', () => {
  test('a share for a while, and an upgrade gives back what was paid, not the list price', async () => {
    const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z');
    const coupon = await stripe.coupons.create({ percent_off: 50, duration: 'repeating', duration_in_months: 2 });
    const { id, item } = await subscribe(customer, plans.small, { discounts: [{ coupon: coupon.id }] });
    expect(await newest(customer)).toMatchObject({ subtotal: 3000, total: 1500, total_discount_amounts: [{ amount: 1500 }] });
    await to('2026-04-11T00:00:00Z');
    await stripe.subscriptions.update(id, { items: [{ id: item, price: plans.large.id }], proration_behavior: 'always_invoice' });
    expect(await newest(customer)).toMatchObject({ total: 6000 / 2 - 1000 });
    await to('2026-05-02T00:00:00Z');
    expect(await newest(customer)).toMatchObject({ total: 4500 });
    await to('2026-06-02T00:00:00Z');
    expect(await newest(customer)).toMatchObject({ total: 9000 });
  });

  test('an amount once, by a code that is used up', async () => {
    const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z');
    const coupon = await stripe.coupons.create({ amount_off: 1000, currency: 'usd', duration: 'once' });
    const code = await stripe.promotionCodes.create({
      promotion: { type: 'coupon', coupon: coupon.id },
      code: 'WELCOME',
      max_redemptions: 1,
    });
    await subscribe(customer, plans.small, { discounts: [{ promotion_code: code.id }] });
    expect(await newest(customer)).toMatchObject({ total: 2000 });
    await to('2026-05-01T02:00:00Z');
    expect(await newest(customer)).toMatchObject({ total: 3000 });
    expect((await stripe.promotionCodes.list({ code: 'welcome' })).data[0]).toMatchObject({ times_redeemed: 1 });
    expect(await problem(subscribe(customer, plans.small, { discounts: [{ promotion_code: code.id }] }))).toMatchObject({
      statusCode: 400,
    });
    expect(await problem(stripe.coupons.create({ duration: 'once' }))).toMatchObject({ param: 'percent_off' });
  });
});

test('what is given back and not used pays the next invoices', async () => {
  const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z');
  const { id, item } = await subscribe(customer, plans.large);
  await to('2026-04-16T00:00:00Z');
  await stripe.subscriptions.update(id, { items: [{ id: item, price: plans.small.id }], proration_behavior: 'always_invoice' });
  expect(await newest(customer)).toMatchObject({ total: -3000, amount_due: 0, status: 'paid', ending_balance: -3000 });
  expect(await balance(customer)).toBe(-3000);
  await to('2026-05-01T02:00:00Z');
  expect(await newest(customer)).toMatchObject({ total: 3000, amount_due: 0, starting_balance: -3000, status: 'paid' });
  expect(await balance(customer)).toBe(0);
});

test('money that goes back: a refund in parts, and a dispute', async () => {
  const { customer } = await customerAt(stripe, '2026-04-01T00:00:00Z');
  await subscribe(customer, plans.small);
  const [payment] = (await stripe.invoicePayments.list({ invoice: (await newest(customer)).id })).data;
  const intent = await stripe.paymentIntents.retrieve(String(payment?.payment.payment_intent), { expand: ['latest_charge'] });
  await stripe.refunds.create({ payment_intent: intent.id, amount: 1000 });
  await stripe.refunds.create({ payment_intent: intent.id });
  expect(await problem(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({ code: 'charge_already_refunded' });
  const charge = (intent.latest_charge as Stripe.Charge).id;
  expect(await stripe.charges.retrieve(charge)).toMatchObject({ amount_refunded: 3000, refunded: true });
  const dispute = await emulated.post(`/emulator/charges/${charge}/dispute`);
  await emulated.post(`/emulator/disputes/${dispute.id}/lost`);
  expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({ status: 'lost', charge });
});

test('a card is saved for later, after its holder confirms where the bank asks', async () => {
  const { customer } = await customerAt(stripe, '2026-04-01T00:00:00Z', null);
  expect(await stripe.setupIntents.create({ customer, payment_method: 'pm_card_visa', confirm: true })).toMatchObject({
    status: 'succeeded',
  });
  const asked = await stripe.setupIntents.create({ customer, payment_method: 'pm_card_authenticationRequiredOnSetup', confirm: true });
  expect(asked).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } });
  expect((await stripe.customers.listPaymentMethods(customer)).data).toHaveLength(1);
  await emulated.post(`/emulator/setup_intents/${asked.id}/confirm`);
  const saved = await stripe.setupIntents.retrieve(asked.id);
  expect(saved).toMatchObject({ status: 'succeeded', next_action: null });
  const { id } = await subscribe(customer, plans.small, { default_payment_method: String(saved.payment_method) });
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ status: 'active' });
  expect(await problem(stripe.setupIntents.create({ customer, payment_method: 'pm_card_chargeDeclined', confirm: true }))).toMatchObject({
    code: 'card_declined',
  });
});
