import type Stripe from 'stripe';
import { afterAll, describe, expect, test } from 'vitest';
import { customerAt, sellPlans, startEmulator } from '@/tests/support/stripe-emulator';

const emulated = await startEmulator();
const { stripe } = emulated;
const plans = await sellPlans(stripe);
afterAll(() => emulated.close());

const number = { good: '4242424242424242', declined: '4000000000000002', asks: '4000002760003184', later: '4000000000000341' };
const submit = async (url: string, fields: Record<string, string>) => {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() };
};
const open = (customer: string, price: Stripe.Price, more: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
  stripe.checkout.sessions.create({
    mode: 'subscription',
    customer,
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: 'http://app.test/done?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://app.test/back',
    customer_update: { address: 'auto', name: 'auto' },
    ...more,
  });

describe('the payment page', () => {
  test('sells a subscription: a wrong card first, then a good one', async () => {
    const { customer } = await customerAt(stripe, '2026-04-01T00:00:00Z', null);
    const session = await open(customer, plans.small, { subscription_data: { metadata: { tenant: 't1' } } });
    const url = session.url ?? '';
    expect(session).toMatchObject({ status: 'open', payment_status: 'unpaid', amount_total: 3000 });
    expect(await (await fetch(url)).text()).toContain('Due today: $30.00');
    const refused = await submit(url, { number: number.declined, name: 'Ada <b>' });
    expect(refused).toMatchObject({ status: 402 });
    expect(refused.text).toContain('Your card was declined.');
    expect(refused.text).toContain('Ada &lt;b&gt;');
    expect((await stripe.subscriptions.list({ customer, status: 'all' })).data).toEqual([]);
    const paid = await submit(url, { number: number.good, name: 'Ada', line1: 'Main Street 1', country: 'US' });
    expect(paid).toMatchObject({ status: 303, location: `http://app.test/done?session=${session.id}` });
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      subscription: { status: 'active', metadata: { tenant: 't1' } },
    });
    expect(done.customer_details).toMatchObject({ name: 'Ada', address: { line1: 'Main Street 1', country: 'US' } });
    expect((await submit(url, { number: number.good })).status).toBe(404);
  });

  test('asks the holder where the bank does, and sells nothing when they refuse', async () => {
    const { customer } = await customerAt(stripe, '2026-04-01T00:00:00Z', null);
    const { url } = await open(customer, plans.small);
    const asked = await submit(url ?? '', { number: number.asks });
    expect(asked.text).toContain('Confirm the payment');
    expect((await submit(url ?? '', { number: number.asks, bank: 'failed' })).text).toContain('was not confirmed');
    expect((await stripe.subscriptions.list({ customer, status: 'all' })).data).toEqual([]);
    expect((await submit(url ?? '', { number: number.asks, bank: 'confirmed' })).status).toBe(303);
    expect((await stripe.subscriptions.list({ customer })).data[0]).toMatchObject({ status: 'active' });
  });

  test('takes a card in a trial and charges nothing yet', async () => {
    const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z', null);
    const { url, id } = await open(customer, plans.small, { subscription_data: { trial_end: Date.parse('2026-04-10T00:00:00Z') / 1000 } });
    const page = await (await fetch(url ?? '')).text();
    expect(page).toContain('Due today: $0.00');
    expect(page).toContain('2026-04-10');
    await submit(url ?? '', { number: number.later });
    expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({ payment_status: 'no_payment_required' });
    await to('2026-04-10T02:00:00Z');
    expect((await stripe.subscriptions.list({ customer })).data[0]).toMatchObject({ status: 'past_due' });
  });

  test('takes a promotion code, and says when there is none of it', async () => {
    const coupon = await stripe.coupons.create({ percent_off: 20, duration: 'once' });
    await stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id }, code: 'SPRING' });
    const { customer } = await customerAt(stripe, '2026-04-01T00:00:00Z', null);
    const { url } = await open(customer, plans.small, { allow_promotion_codes: true });
    expect((await submit(url ?? '', { number: number.good, code: 'AUTUMN', act: 'apply' })).text).toContain('This code is invalid.');
    expect((await submit(url ?? '', { number: number.good, code: 'spring', act: 'apply' })).text).toContain('Due today: $24.00');
    await submit(url ?? '', { number: number.good, code: 'spring' });
    expect((await stripe.invoices.list({ customer })).data[0]).toMatchObject({ amount_paid: 2400 });
  });

  test('is over once it has been closed', async () => {
    const { customer } = await customerAt(stripe, '2026-04-01T00:00:00Z', null);
    const { id, url } = await open(customer, plans.small);
    await stripe.checkout.sessions.expire(id);
    expect(await (await fetch(url ?? '')).text()).toContain('This payment page is over');
    expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({ status: 'expired', url: null });
  });
});

test('the portal keeps cards and address, and lists invoices', async () => {
  const { customer } = await customerAt(stripe, '2026-04-01T00:00:00Z');
  await stripe.subscriptions.create({ customer, items: [{ price: plans.small.id }] });
  const { url } = await stripe.billingPortal.sessions.create({ customer, return_url: 'http://app.test/billing' });
  expect((await submit(url, { act: 'add', number: number.declined })).text).toContain('Your card was declined.');
  expect((await submit(url, { act: 'add', number: '1234' })).text).toContain('Your card number is invalid.');
  await submit(url, { act: 'add', number: '5555 5555 5555 4444' });
  const cards = (await stripe.customers.listPaymentMethods(customer)).data;
  expect(cards.map(({ card }) => card?.last4)).toEqual(['4444', '4242']);
  expect(await stripe.customers.retrieve(customer)).toMatchObject({ invoice_settings: { default_payment_method: cards[0]?.id } });
  await submit(url, { act: 'address', name: 'Clinic', line1: 'High Street 2', city: 'Town', postal_code: '1', country: 'GB' });
  expect(await stripe.customers.retrieve(customer)).toMatchObject({ name: 'Clinic', address: { city: 'Town', country: 'GB' } });
  await submit(url, { act: 'remove', card: cards[0]?.id ?? '' });
  expect(await stripe.customers.retrieve(customer)).toMatchObject({ invoice_settings: { default_payment_method: null } });
  expect(await (await fetch(url)).text()).toContain('$30.00');
  const other = await customerAt(stripe, '2026-04-01T00:00:00Z');
  const [foreign] = (await stripe.customers.listPaymentMethods(other.customer)).data;
  expect((await submit(url, { act: 'remove', card: foreign?.id ?? '' })).text).toContain('No such PaymentMethod');
});

test('an invoice has a page on which it is paid, and a PDF', async () => {
  const { customer, to } = await customerAt(stripe, '2026-04-01T00:00:00Z');
  const subscription = await stripe.subscriptions.create({ customer, items: [{ price: plans.small.id }] });
  const asks = await stripe.paymentMethods.attach('pm_card_authenticationRequired', { customer });
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: asks.id } });
  await to('2026-05-01T02:00:00Z');
  const [invoice] = (await stripe.invoices.list({ customer, status: 'open' })).data;
  const page = invoice?.hosted_invoice_url ?? '';
  expect(await (await fetch(page)).text()).toContain('Pay $30.00');
  expect((await submit(page, { number: number.declined })).text).toContain('Your card was declined.');
  expect((await submit(page, { number: number.asks })).text).toContain('Confirm the payment');
  expect((await submit(page, { number: number.asks, bank: 'confirmed' })).text).toContain('paid');
  expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'active' });
  const pdf = await fetch(invoice?.invoice_pdf ?? '');
  expect(pdf.headers.get('content-type')).toBe('application/pdf');
  expect((await pdf.text()).slice(0, 8)).toBe('%PDF-1.4');
});
