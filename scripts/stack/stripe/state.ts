import { randomBytes } from 'node:crypto';
import type Stripe from 'stripe';

/** An object as it travels: the SDK makes decimals of strings after it has received them. */
export type Wire<T> = T extends Stripe.Decimal
  ? string
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? Wire<Item>[]
      : T extends object
        ? { [Key in keyof T]: Wire<T[Key]> }
        : T;

export type Product = Wire<Stripe.Product>;
export type Price = Wire<Stripe.Price>;
export type Customer = Wire<Stripe.Customer>;
export type TaxId = Wire<Stripe.TaxId>;
export type PaymentMethod = Wire<Stripe.PaymentMethod>;
export type SetupIntent = Wire<Stripe.SetupIntent>;
export type PaymentIntent = Wire<Stripe.PaymentIntent>;
export type Charge = Wire<Stripe.Charge>;
export type Refund = Wire<Stripe.Refund>;
export type Dispute = Wire<Stripe.Dispute>;
export type CheckoutSession = Wire<Stripe.Checkout.Session>;
export type PortalConfiguration = Wire<Stripe.BillingPortal.Configuration>;
export type PortalSession = Wire<Stripe.BillingPortal.Session>;
export type Subscription = Wire<Stripe.Subscription>;
export type SubscriptionItem = Wire<Stripe.SubscriptionItem>;
export type Schedule = Wire<Stripe.SubscriptionSchedule>;
export type Invoice = Wire<Stripe.Invoice>;
export type InvoiceLine = Wire<Stripe.InvoiceLineItem>;
export type InvoicePayment = Wire<Stripe.InvoicePayment>;
export type Coupon = Wire<Stripe.Coupon>;
export type Discount = Wire<Stripe.Discount>;
export type PromotionCode = Wire<Stripe.PromotionCode>;
export type TestClock = Wire<Stripe.TestHelpers.TestClock>;

/** What happened: the envelope of a webhook. */
export type StripeEvent = {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: unknown; previous_attributes?: Record<string, unknown> };
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: Stripe.Event.Type;
};

/** One event on its way to the webhook; `next_at` in milliseconds. */
export type Delivery = { event: string; attempts: number; next_at: number; failure: string | null };

/** What a checkout session sells, beyond what the session itself shows. */
export type Order = {
  customer: string;
  items: { price: string; quantity: number }[];
  trial_end?: number;
  metadata?: Record<string, string>;
  missing_payment_method?: 'cancel' | 'create_invoice';
  /** Whether what is typed on the payment page becomes the customer's. */
  keepName?: boolean;
  keepAddress?: boolean;
};

/** The answer that an idempotency key has been given. */
export type KeptAnswer = { request: string; status: number; body: string };

export const emptyState = () => ({
  product: {} as Record<string, Product>,
  price: {} as Record<string, Price>,
  customer: {} as Record<string, Customer>,
  tax_id: {} as Record<string, TaxId>,
  payment_method: {} as Record<string, PaymentMethod>,
  setup_intent: {} as Record<string, SetupIntent>,
  payment_intent: {} as Record<string, PaymentIntent>,
  charge: {} as Record<string, Charge>,
  refund: {} as Record<string, Refund>,
  dispute: {} as Record<string, Dispute>,
  checkout_session: {} as Record<string, CheckoutSession>,
  portal_configuration: {} as Record<string, PortalConfiguration>,
  portal_session: {} as Record<string, PortalSession>,
  subscription: {} as Record<string, Subscription>,
  subscription_schedule: {} as Record<string, Schedule>,
  invoice: {} as Record<string, Invoice>,
  invoice_payment: {} as Record<string, InvoicePayment>,
  coupon: {} as Record<string, Coupon>,
  discount: {} as Record<string, Discount>,
  promotion_code: {} as Record<string, PromotionCode>,
  test_clock: {} as Record<string, TestClock>,
  event: {} as Record<string, StripeEvent>,
  /** What checkout sessions sell. */
  orders: {} as Record<string, Order>,
  /** Lines that wait for the next invoice of their subscription. */
  pendingLines: [] as InvoiceLine[],
  /** The invoices on whose payment changes of subscriptions wait, by subscription. */
  awaited: {} as Record<string, string>,
  /** Cards whose holder confirmed that later payments may go on without them. */
  confirmedCards: [] as string[],
  /** Subscriptions whose customers were told that their trial ends. */
  trialNotices: [] as string[],
  idempotency: {} as Record<string, KeptAnswer>,
  deliveries: [] as Delivery[],
  /** While held, events wait until a test says how they are delivered. */
  held: false,
});
export type State = ReturnType<typeof emptyState>;

/** The kinds of objects that have ids of their own. */
export type Kind = Exclude<
  keyof State,
  'orders' | 'awaited' | 'pendingLines' | 'confirmedCards' | 'trialNotices' | 'idempotency' | 'deliveries' | 'held'
>;

const prefixes = {
  product: 'prod',
  price: 'price',
  customer: 'cus',
  tax_id: 'txi',
  payment_method: 'pm',
  setup_intent: 'seti',
  payment_intent: 'pi',
  charge: 'ch',
  refund: 're',
  dispute: 'du',
  checkout_session: 'cs',
  portal_configuration: 'bpc',
  portal_session: 'bps',
  subscription: 'sub',
  subscription_schedule: 'sub_sched',
  invoice: 'in',
  invoice_payment: 'inpay',
  coupon: 'coupon',
  discount: 'di',
  promotion_code: 'promo',
  test_clock: 'clock',
  event: 'evt',
} as const satisfies Record<Kind, string>;

const random = () => randomBytes(16).toString('base64url').replace(/[-_]/g, 'x');

/** A new id, such as `si_…`. */
export const newId = (prefix: string) => `${prefix}_${random()}`;

/** A new id of a kind of object. */
export const idOf = (kind: Kind) => newId(kind === 'checkout_session' ? 'cs_test' : prefixes[kind]);

/** The object of an id, whatever its kind. */
export function lookUp(state: State, id: string): object | undefined {
  for (const kind of Object.keys(prefixes) as Kind[]) {
    const found = state[kind][id];
    if (found) return found;
  }
  return undefined;
}

/** The id behind a reference that may have been expanded. */
export const refId = (reference: string | { id: string } | null | undefined): string =>
  typeof reference === 'string' ? reference : (reference?.id ?? '');

/** A list as the API answers it. */
export const listOf = <T>(data: T[], url: string) => ({ object: 'list' as const, data, has_more: false, url });

export const realTime = () => Math.floor(Date.now() / 1000);

/** The time that a customer lives in, in Unix seconds: of their test clock, or the real one. */
export function timeOf(state: State, customer: string): number {
  const clock = refId(state.customer[customer]?.test_clock);
  return state.test_clock[clock]?.frozen_time ?? realTime();
}

/** Puts a state back as a copy of it was, in place: whoever holds a part of it holds it still. */
export function restore(state: State, before: State): void {
  const [now, then] = [state, before] as Record<string, unknown>[];
  for (const key of Object.keys(state)) {
    const [part, old] = [now?.[key], then?.[key]];
    if (Array.isArray(part) && Array.isArray(old)) part.splice(0, part.length, ...old);
    else if (typeof part === 'object' && part !== null) {
      for (const id of Object.keys(part)) delete (part as Record<string, unknown>)[id];
      Object.assign(part, old);
    } else if (now) now[key] = old;
  }
}
