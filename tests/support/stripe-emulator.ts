import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Stripe from 'stripe';
import { stripeClient } from '@/lib/infra/stripe';
import { freePort } from '@/scripts/stack/ports';
import { startStripe } from '@/scripts/stack/stripe';

export const secret = 'whsec_of_the_tests';

/** What arrived at a webhook: the raw body and its signature. */
export type Received = { body: string; signature: string; event: Stripe.Event };

/** A webhook that keeps what it gets, and answers what it is told to. */
export type Sink = { url: string; received: Received[]; answer: number; close: () => Promise<void> };

export async function startSink(): Promise<Sink> {
  const sink: Sink = { url: '', received: [], answer: 200, close: async () => undefined };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      sink.received.push({ body, signature: String(request.headers['stripe-signature']), event: JSON.parse(body) });
      response.writeHead(sink.answer).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  sink.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`;
  sink.close = () => new Promise((resolve) => server.close(() => resolve()));
  return sink;
}

/** The official client, pointed at an emulator. */
export const clientFor = (url: string, key = 'sk_test_emulated'): Stripe => stripeClient(key, url);

/** An emulator on a port of its own, and a client of it. */
export async function startEmulator(options: { file?: string; sink?: Sink; secrets?: string[] } = {}) {
  const emulator = await startStripe({
    port: await freePort(),
    ...(options.file !== undefined && { file: options.file }),
    ...(options.sink && { endpoint: { url: options.sink.url, secrets: options.secrets ?? [secret] } }),
  });
  const post = async (path: string, body?: object) => {
    const answer = await fetch(`${emulator.url}${path}`, { method: 'POST', ...(body && { body: JSON.stringify(body) }) });
    return answer.json();
  };
  return { ...emulator, stripe: clientFor(emulator.url), post };
}
export type Emulated = Awaited<ReturnType<typeof startEmulator>>;

/** Two plans by the month, one of them by the year as well. */
export async function sellPlans(stripe: Stripe) {
  const price = async (product: string, amount: number, interval: 'month' | 'year', key: string) =>
    stripe.prices.create({ product, currency: 'usd', unit_amount: amount, recurring: { interval }, lookup_key: key });
  const small = await stripe.products.create({ name: 'Small' });
  const large = await stripe.products.create({ name: 'Large' });
  return {
    small: await price(small.id, 3000, 'month', 'small_month'),
    large: await price(large.id, 9000, 'month', 'large_month'),
    largeYear: await price(large.id, 90_000, 'year', 'large_year'),
  };
}

/** A customer on a clock of their own, with a card. */
export async function customerAt(stripe: Stripe, time: string, card: string | null = 'pm_card_visa') {
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: Date.parse(time) / 1000 });
  const customer = await stripe.customers.create({ email: 'owner@clinic.test', test_clock: clock.id });
  if (card) {
    const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
    await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  }
  return {
    customer: customer.id,
    to: (moment: string) => stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: Date.parse(moment) / 1000 }),
  };
}

/** The error that the SDK throws; one that is not thrown fails the test. */
export const problem = (work: Promise<unknown>): Promise<Stripe.errors.StripeError> =>
  work.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: Stripe.errors.StripeError) => error,
  );

/** A customer's newest invoice. */
export async function newestInvoice(stripe: Stripe, customer: string): Promise<Stripe.Invoice> {
  const [invoice] = (await stripe.invoices.list({ customer, limit: 1 })).data;
  if (!invoice) throw new Error('no invoice');
  return invoice;
}
