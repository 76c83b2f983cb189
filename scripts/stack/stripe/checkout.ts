import { bankOf } from './cards';
import { shadowOf } from './changing';
import { promotionOf, redeemable } from './coupons';
import { customerOf } from './customers';
import { attach } from './payment-methods';
import { outcomeOf } from './payments';
import { declined, missing, StripeProblem } from './problem';
import { type CheckoutSession, type Invoice, type PaymentMethod, refId, timeOf } from './state';
import { collectFor, newSubscription, type Wanted } from './subscribing';
import { changesOf } from './subscriptions';
import { change, type World } from './world';

/** The subscription that a session would make, with a code that was typed. */
export function wantedBy(world: World, session: CheckoutSession, code = ''): Wanted {
  const order = world.state.orders[session.id];
  const customer = refId(session.customer);
  if (!order) throw missing('checkout.session', session.id);
  const promotion = code ? promotionOf(world, code, customer) : undefined;
  if (code && !promotion) throw new StripeProblem('This code is invalid.', { param: 'promotion_code' });
  const fixed = (session.discounts ?? []).flatMap(({ coupon, promotion_code }) => {
    const known = world.state.promotion_code[refId(promotion_code)];
    return coupon ? [{ coupon: refId(coupon), ...(known && { promotion: known }) }] : [];
  });
  return {
    ...order,
    items: changesOf(world, order.items).flatMap(({ price, quantity }) => (price ? [{ price, quantity: quantity ?? 1 }] : [])),
    discounts: promotion ? [{ coupon: redeemable(world, refId(promotion.promotion.coupon)).id, promotion }] : fixed,
  };
}

/** The first invoice that a session would make. */
export function firstInvoice(world: World, session: CheckoutSession, code = ''): Invoice {
  const shadow = shadowOf(world);
  return newSubscription(shadow, wantedBy(shadow, session, code), timeOf(world.state, refId(session.customer))).invoice;
}

type Paid = { method: PaymentMethod; code?: string; confirmed?: boolean; address?: Record<string, string>; name?: string };

/** Pays a session: 'ask' when the bank wants the holder's confirmation first. */
export function complete(world: World, session: CheckoutSession, { method, code, confirmed, address, name }: Paid): 'done' | 'ask' {
  const customer = customerOf(world, refId(session.customer));
  const at = timeOf(world.state, customer.id);
  const bank = bankOf(method);
  if (bank.says === 'ask' && !confirmed) return 'ask';
  const { amount_due } = firstInvoice(world, session, code);
  const outcome = outcomeOf(world, amount_due, method, true);
  if (outcome.says === 'no') throw declined(outcome.decline);
  attach(world, method, customer.id);
  if (bank.says === 'ask') world.state.confirmedCards.push(method.id);
  change(world, customer, 'customer.updated', (altered) => {
    const { keepName, keepAddress } = world.state.orders[session.id] ?? {};
    if (name && keepName) altered.name = name;
    if (address && keepAddress)
      altered.address = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null, ...address };
  });
  const { subscription, invoice } = newSubscription(world, { ...wantedBy(world, session, code), default_payment_method: method.id }, at);
  collectFor(world, subscription, invoice, at, { method, present: true });
  change(world, session, 'checkout.session.completed', (altered) => {
    altered.status = 'complete';
    altered.payment_status = amount_due > 0 ? 'paid' : 'no_payment_required';
    altered.subscription = subscription.id;
    altered.invoice = invoice.id;
    altered.amount_subtotal = invoice.subtotal;
    altered.amount_total = invoice.total;
    altered.url = null;
    altered.customer_details = {
      address: customer.address ?? null,
      business_name: null,
      email: customer.email,
      individual_name: null,
      name: customer.name ?? null,
      phone: null,
      tax_exempt: 'none',
      tax_ids: [],
    };
  });
  return 'done';
}
