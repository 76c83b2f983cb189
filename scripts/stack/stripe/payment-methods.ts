import { z } from 'zod';
import type { Define } from './api';
import { type Bank, bankOf, cardOfId, cardOfNumber, type TestCard } from './cards';
import { address, clearable, expand, integer, merged, metadata, page, text } from './parameters';
import { declined, missing, StripeProblem } from './problem';
import { idOf, type PaymentMethod, refId, timeOf } from './state';
import { change, emit, paged, type World } from './world';

/** A card as Stripe keeps it; the number itself is not kept. */
export function newCard(world: World, { number, brand }: TestCard, details: Partial<PaymentMethod['billing_details']> = {}): PaymentMethod {
  const method: PaymentMethod = {
    id: idOf('payment_method'),
    object: 'payment_method',
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null, ...details },
    card: {
      brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      country: 'US',
      display_brand: brand,
      exp_month: 12,
      exp_year: new Date().getUTCFullYear() + 4,
      fingerprint: number.slice(-4).repeat(4),
      funding: 'credit',
      generated_from: null,
      last4: number.slice(-4),
      networks: { available: [brand], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: Math.floor(Date.now() / 1000),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  };
  world.state.payment_method[method.id] = method;
  return method;
}

/** Refuses the card of somebody else. */
export function assertOwn(method: PaymentMethod, customer: string): void {
  const owner = refId(method.customer);
  if (owner && owner !== customer)
    throw new StripeProblem('The payment method you provided has already been attached to a customer.', { param: 'payment_method' });
}

/** Ties a card to a customer; a bank that refuses it at once is asked here. */
export function attach(world: World, method: PaymentMethod, customer: string): void {
  assertOwn(method, customer);
  const bank = bankOf(method);
  if (bank.says === 'no' && bank.whenSaved) throw declined(bank.decline);
  if (refId(method.customer) === customer) return;
  method.customer = customer;
  emit(world, 'payment_method.attached', method);
}

/** The card of an id, or a new one of a test id such as `pm_card_visa`. */
export function findCard(world: World, id: string, param = 'payment_method'): PaymentMethod {
  const test = cardOfId(id);
  const method = test ? newCard(world, test) : world.state.payment_method[id];
  if (!method) throw missing('PaymentMethod', id, param);
  return method;
}

/** The card that somebody typed on a page. */
export function typedCard(world: World, number: string, details: Partial<PaymentMethod['billing_details']>): PaymentMethod {
  const test = cardOfNumber(number);
  if (!test) throw new StripeProblem('Your card number is invalid.', { type: 'card_error', status: 402, code: 'incorrect_number' });
  return newCard(world, test, details);
}

/** What the bank says when a saved card is charged while nobody is there to confirm. */
export function bankOffline(world: World, method: PaymentMethod): Bank {
  const bank = bankOf(method);
  return bank.says === 'ask' && !bank.always && world.state.confirmedCards.includes(method.id) ? { says: 'yes' } : bank;
}

/** The cards of a customer, oldest first. */
export const cardsOf = (world: World, customer: string): PaymentMethod[] =>
  Object.values(world.state.payment_method).filter((method) => refId(method.customer) === customer);

/** Takes a card away from its customer and from whatever was paid with it. */
export function detach(world: World, method: PaymentMethod): void {
  const customer = world.state.customer[refId(method.customer)];
  if (!customer) throw new StripeProblem('The payment method you provided is not attached to a customer so detachment is impossible.');
  change(world, method, 'payment_method.detached', (gone) => {
    gone.customer = null;
  });
  change(world, customer, 'customer.updated', ({ invoice_settings }) => {
    if (invoice_settings.default_payment_method === method.id) invoice_settings.default_payment_method = null;
  });
  for (const subscription of Object.values(world.state.subscription))
    change(world, subscription, 'customer.subscription.updated', (paid) => {
      if (paid.default_payment_method === method.id) paid.default_payment_method = null;
    });
}

const billingDetails = z.strictObject({ address, email: clearable, name: clearable, phone: clearable }).partial();

export function definePaymentMethods(define: Define, world: World): void {
  const { state } = world;
  const found = (id: string) => {
    const method = state.payment_method[id];
    if (!method) throw missing('PaymentMethod', id);
    return method;
  };
  const listed = (customer: string, params: Parameters<typeof paged>[1]) => {
    if (!state.customer[customer]) throw missing('customer', customer, 'customer');
    return paged(cardsOf(world, customer), params, '/v1/payment_methods');
  };
  define('get', '/v1/payment_methods', z.strictObject({ customer: text, type: z.literal('card').optional(), ...page }), (params) =>
    listed(params.customer, params),
  );
  define('get', '/v1/customers/:id/payment_methods', z.strictObject({ type: z.literal('card').optional(), ...page }), (params, part) =>
    listed(part('id'), params),
  );
  define('get', '/v1/payment_methods/:id', z.strictObject(expand), (_, part) => found(part('id')));
  define(
    'post',
    '/v1/payment_methods/:id',
    z.strictObject({
      billing_details: billingDetails.optional(),
      card: z.strictObject({ exp_month: integer, exp_year: integer }).partial().optional(),
      metadata: metadata.optional(),
      ...expand,
    }),
    ({ billing_details, card, metadata: more }, part) => {
      const method = found(part('id'));
      change(world, method, 'payment_method.updated', (altered) => {
        const old = altered.billing_details.address;
        Object.assign(altered.billing_details, billing_details, {
          address: billing_details?.address
            ? { city: null, country: null, line1: null, line2: null, postal_code: null, state: null, ...old, ...billing_details.address }
            : old,
        });
        if (altered.card) Object.assign(altered.card, card);
        altered.metadata = merged(altered.metadata, more);
      });
      return method;
    },
  );
  define('post', '/v1/payment_methods/:id/attach', z.strictObject({ customer: text, ...expand }), ({ customer }, part) => {
    if (!state.customer[customer]) throw missing('customer', customer, 'customer');
    const method = findCard(world, part('id'));
    attach(world, method, customer);
    method.created = timeOf(state, customer);
    return method;
  });
  define('post', '/v1/payment_methods/:id/detach', z.strictObject(expand), (_, part) => {
    const method = found(part('id'));
    detach(world, method);
    return method;
  });
}
