import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Stripe from 'stripe';
import { afterAll, describe, expect, test } from 'vitest';
import { clientFor, problem, sellPlans, startEmulator } from '@/tests/support/stripe-emulator';

const emulated = await startEmulator();
const { stripe } = emulated;
afterAll(() => emulated.close());

describe('errors in Stripe’s shape', () => {
  test('a wrong key, an unknown address, an unknown object', async () => {
    expect(await problem(clientFor(emulated.url, 'nonsense').products.list())).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
    const unknown = await problem(stripe.disputes.close('du_1'));
    expect(unknown).toMatchObject({ statusCode: 404, type: 'StripeInvalidRequestError' });
    expect(unknown.message).toContain('Unrecognized request URL (POST: /v1/disputes/du_1/close)');
    expect(await problem(stripe.customers.retrieve('cus_none'))).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'id' });
  });

  test('a parameter that is missing, unknown or wrong is named', async () => {
    expect(await problem(stripe.rawRequest('POST', '/v1/products', {}))).toMatchObject({ code: 'parameter_missing', param: 'name' });
    expect(await problem(stripe.rawRequest('POST', '/v1/products', { name: 'A', colour: 'red' }))).toMatchObject({
      code: 'parameter_unknown',
      param: 'colour',
    });
    const product = await stripe.products.create({ name: 'A' });
    expect(
      await problem(stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: -1, recurring: { interval: 'month' } })),
    ).toMatchObject({ param: 'unit_amount', statusCode: 400 });
    expect(await problem(stripe.prices.create({ product: 'prod_none', currency: 'usd', unit_amount: 1 }))).toMatchObject({
      code: 'resource_missing',
      param: 'product',
    });
    expect(
      await problem(
        stripe.rawRequest('POST', '/v1/prices', { product: product.id, currency: 'usd', unit_amount: 1, recurring: { interval: 'moon' } }),
      ),
    ).toMatchObject({ param: 'recurring[interval]' });
  });

  test('a card that the bank refuses', async () => {
    const customer = await stripe.customers.create({});
    expect(await problem(stripe.paymentMethods.attach('pm_card_chargeDeclined', { customer: customer.id }))).toMatchObject({
      type: 'StripeCardError',
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'generic_decline',
    });
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toEqual([]);
  });
});

describe('idempotency', () => {
  test('the same call under one key is done once, a different one is refused', async () => {
    const options = { idempotencyKey: 'once' };
    const first = await stripe.customers.create({ email: 'a@b.test' }, options);
    const second = await stripe.customers.create({ email: 'a@b.test' }, options);
    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(await problem(stripe.customers.create({ email: 'c@d.test' }, options))).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    expect((await stripe.customers.list({ email: 'a@b.test' })).data).toHaveLength(1);
  });

  test('a refused card stays refused under its key', async () => {
    const customer = await stripe.customers.create({});
    const attach = () => stripe.paymentMethods.attach('pm_card_chargeDeclined', { customer: customer.id }, { idempotencyKey: 'refused' });
    expect(await problem(attach())).toMatchObject({ code: 'card_declined' });
    expect(await problem(attach())).toMatchObject({ code: 'card_declined' });
  });
});

describe('lists', () => {
  test('pages run from the newest to the oldest, forwards and back', async () => {
    const emails = Array.from({ length: 25 }, (_, n) => `page-${n}@b.test`);
    const ids: string[] = [];
    for (const email of emails) ids.push((await stripe.customers.create({ email, description: 'paged' })).id);
    const all: string[] = [];
    for await (const { id, description } of stripe.customers.list({ limit: 10 })) if (description === 'paged') all.push(id);
    expect(all).toEqual(ids.toReversed());
    const first = await stripe.customers.list({ limit: 3 });
    expect(first.has_more).toBe(true);
    const next = await stripe.customers.list({ limit: 3, starting_after: first.data[2]?.id ?? '' });
    const back = await stripe.customers.list({ limit: 3, ending_before: next.data[0]?.id ?? '' });
    expect(back.data.map(({ id }) => id)).toEqual(first.data.map(({ id }) => id));
    expect(await problem(stripe.customers.list({ limit: 101 }))).toMatchObject({ param: 'limit' });
  });

  test('what is expanded stands in place of its id', async () => {
    const { small } = await sellPlans(stripe);
    const price = await stripe.prices.retrieve(small.id, { expand: ['product'] });
    expect(price.product).toMatchObject({ object: 'product', name: 'Small' });
    expect(price.unit_amount_decimal?.toString()).toBe('3000');
    const list = await stripe.prices.list({ lookup_keys: ['small_month'], expand: ['data.product'] });
    expect(list.data[0]?.product).toMatchObject({ name: 'Small' });
    expect(await problem(stripe.prices.retrieve(small.id, { expand: ['currency'] }))).toMatchObject({ statusCode: 400 });
  });
});

test('a lookup key names one price, and passes only when that is asked for', async () => {
  const { id: product } = await stripe.products.create({ name: 'Keyed' });
  const create = (more: object) =>
    stripe.prices.create({ product, currency: 'usd', unit_amount: 100, recurring: { interval: 'month' }, lookup_key: 'keyed', ...more });
  const old = await create({});
  expect(await problem(create({}))).toMatchObject({ param: 'lookup_key' });
  const fresh = await create({ transfer_lookup_key: true });
  expect((await stripe.prices.list({ lookup_keys: ['keyed'] })).data.map(({ id }) => id)).toEqual([fresh.id]);
  expect((await stripe.prices.retrieve(old.id)).lookup_key).toBeNull();
});

test('metadata is merged, and an empty value takes a key away', async () => {
  const { id } = await stripe.customers.create({ metadata: { a: '1', b: '2' } });
  const altered = await stripe.customers.update(id, { metadata: { b: '', c: '3' } });
  expect(altered.metadata).toEqual({ a: '1', c: '3' });
});

test('a tax id is kept with its customer', async () => {
  const { id } = await stripe.customers.create({});
  const taxId = await stripe.customers.createTaxId(id, { type: 'eu_vat', value: 'DE123456789' });
  const customer = await stripe.customers.retrieve(id, { expand: ['tax_ids'] });
  expect(customer).toMatchObject({ tax_ids: { data: [{ value: 'DE123456789', country: 'DE' }] } });
  await stripe.customers.deleteTaxId(id, taxId.id);
  expect((await stripe.customers.listTaxIds(id)).data).toEqual([]);
});

test('everything is there again after a restart', async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'stripe-')), 'stripe.json');
  const before = await startEmulator({ file });
  const customer = await before.stripe.customers.create({ email: 'kept@b.test' });
  await before.close();
  const after = await startEmulator({ file });
  expect(await after.stripe.customers.retrieve(customer.id)).toMatchObject({ email: 'kept@b.test' });
  await after.close();
});
