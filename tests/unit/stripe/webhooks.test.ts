import Stripe from 'stripe';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Emulated, type Sink, secret, startEmulator, startSink } from '@/tests/support/stripe-emulator';

let sink: Sink;
let emulated: Emulated;
beforeEach(async () => {
  sink = await startSink();
  emulated = await startEmulator({ sink, secrets: ['whsec_new', secret] });
});
afterEach(async () => {
  await emulated.close();
  await sink.close();
});

const types = () => sink.received.map(({ event }) => event.type);
const deliveries = async () => {
  const answer = await fetch(`${emulated.url}/emulator/deliveries`);
  return (await answer.json()) as { event: string; type: string; attempts: number; failure: string | null }[];
};

test('an event arrives with the signature of every secret, and as the SDK reads it', async () => {
  const customer = await emulated.stripe.customers.create({ email: 'a@b.test' }, { idempotencyKey: 'key-1' });
  await vi.waitFor(() => expect(types()).toEqual(['customer.created']));
  const [{ body, signature } = { body: '', signature: '' }] = sink.received;
  for (const known of [secret, 'whsec_new']) {
    const event = emulated.stripe.webhooks.constructEvent(body, signature, known);
    expect(event).toMatchObject({ object: 'event', type: 'customer.created', livemode: false, request: { idempotency_key: 'key-1' } });
    expect(event.data.object).toMatchObject({ id: customer.id, email: 'a@b.test' });
  }
  expect(() => emulated.stripe.webhooks.constructEvent(body, signature, 'whsec_other')).toThrow(
    Stripe.errors.StripeSignatureVerificationError,
  );
  expect(() => emulated.stripe.webhooks.constructEvent(body.replace('a@b', 'x@y'), signature, secret)).toThrow(/signature/i);
});

test('an update says what stood there before', async () => {
  const { id } = await emulated.stripe.customers.create({ email: 'a@b.test' });
  await emulated.stripe.customers.update(id, { email: 'c@d.test' });
  await vi.waitFor(() => expect(types()).toContain('customer.updated'));
  const updated = sink.received.find(({ event }) => event.type === 'customer.updated');
  expect(updated?.event.data).toMatchObject({ object: { email: 'c@d.test' }, previous_attributes: { email: 'a@b.test' } });
  await emulated.stripe.customers.update(id, { email: 'c@d.test' });
  const { data } = await emulated.stripe.events.list({ type: 'customer.updated' });
  expect(data).toHaveLength(1);
});

test('what is not taken is tried again until it is', async () => {
  sink.answer = 500;
  await emulated.stripe.customers.create({});
  await vi.waitFor(async () => expect(await deliveries()).toMatchObject([{ attempts: 1, failure: 'HTTP 500' }]));
  sink.answer = 200;
  await vi.waitFor(() => expect(types()).toEqual(['customer.created', 'customer.created']), { timeout: 5000 });
  await vi.waitFor(async () => expect(await deliveries()).toEqual([]));
});

test('a test holds events, and delivers them in its own order, again, or never', async () => {
  await emulated.post('/emulator/hold');
  for (const email of ['a@b.test', 'c@d.test', 'e@f.test']) await emulated.stripe.customers.create({ email });
  const [first, second, third] = (await deliveries()).map(({ event }) => event);
  expect(await emulated.post('/emulator/deliver', { events: [second, first, second] })).toEqual({ failures: [] });
  expect(sink.received.map(({ event }) => event.id)).toEqual([second, first, second]);
  expect((await deliveries()).map(({ event }) => event)).toEqual([third]);
  expect(await emulated.post('/emulator/drop')).toEqual({ dropped: [third] });
  await emulated.post('/emulator/release');
  await emulated.stripe.products.create({ name: 'after' });
  await vi.waitFor(() => expect(types().at(-1)).toBe('product.created'));
  expect(sink.received.some(({ event }) => event.id === third)).toBe(false);
  expect((await emulated.stripe.events.retrieve(third ?? '')).type).toBe('customer.created');
});
