import { periodEnd } from './calendar';
import { customerOf } from './customers';
import { draftInvoice, finalize, voidInvoice } from './invoicing';
import { lineFor, periodLines } from './lines';
import { collect, type Outcome } from './payments';
import { StripeProblem } from './problem';
import {
  type Discount,
  type Invoice,
  idOf,
  listOf,
  newId,
  type Price,
  type PromotionCode,
  refId,
  type Subscription,
  type SubscriptionItem,
} from './state';
import { change, emit, type World } from './world';

export type WantedItem = { price: Price; quantity: number };

/** How often a price recurs; what is sold once is no subscription. */
export function recurrenceOf({ id, recurring }: Price): NonNullable<Price['recurring']> {
  if (!recurring) throw new StripeProblem(`The price ${id} is not recurring.`, { param: 'items' });
  return recurring;
}

export function newItem(subscription: string, { price, quantity }: WantedItem, start: number, end: number): SubscriptionItem {
  const { interval, interval_count } = recurrenceOf(price);
  return {
    id: newId('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: start,
    current_period_end: end,
    current_period_start: start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: {
      id: price.id,
      object: 'plan',
      active: price.active,
      amount: price.unit_amount,
      amount_decimal: price.unit_amount_decimal,
      billing_scheme: 'per_unit',
      created: price.created,
      currency: price.currency,
      interval,
      interval_count,
      livemode: false,
      metadata: price.metadata,
      meter: null,
      nickname: price.nickname,
      product: refId(price.product),
      tiers_mode: null,
      transform_usage: null,
      trial_period_days: null,
      usage_type: 'licensed',
    },
    price: structuredClone(price),
    quantity,
    subscription,
    tax_rates: [],
  };
}

/** Redeems coupons for a subscription. */
export function redeem(
  world: World,
  subscription: Subscription,
  wanted: { coupon: string; promotion?: PromotionCode }[],
  at: number,
): void {
  for (const { coupon: id, promotion } of wanted) {
    const coupon = world.state.coupon[id];
    if (!coupon) continue;
    const discount: Discount = {
      id: idOf('discount'),
      object: 'discount',
      checkout_session: null,
      customer: refId(subscription.customer),
      customer_account: null,
      end:
        coupon.duration === 'repeating' ? periodEnd(at, { interval: 'month', interval_count: coupon.duration_in_months ?? 1 }, at) : null,
      invoice: null,
      invoice_item: null,
      promotion_code: promotion?.id ?? null,
      source: { coupon: id, type: 'coupon' },
      start: at,
      subscription: subscription.id,
      subscription_item: null,
    };
    coupon.times_redeemed += 1;
    if (promotion) promotion.times_redeemed += 1;
    world.state.discount[discount.id] = discount;
    subscription.discounts.push(discount.id);
    emit(world, 'customer.discount.created', discount);
  }
}

export type Wanted = {
  customer: string;
  items: WantedItem[];
  /** Until when nothing is charged, in Unix seconds. */
  trial_end?: number;
  default_payment_method?: string;
  metadata?: Record<string, string>;
  discounts?: { coupon: string; promotion?: PromotionCode }[];
  missing_payment_method?: 'cancel' | 'create_invoice';
};

/** A subscription whose first invoice is final and not yet tried. */
export function newSubscription(world: World, wanted: Wanted, at: number): { subscription: Subscription; invoice: Invoice } {
  const first = wanted.items[0];
  if (!first) throw new StripeProblem('Missing required param: items.', { code: 'parameter_missing', param: 'items' });
  const id = idOf('subscription');
  const trial = wanted.trial_end !== undefined && wanted.trial_end > at ? wanted.trial_end : null;
  const end = trial ?? periodEnd(at, recurrenceOf(first.price), at);
  const subscription: Subscription = {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: trial ?? at,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: 'charge_automatically',
    created: at,
    currency: first.price.currency,
    customer: wanted.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: wanted.default_payment_method ?? null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: { account_tax_ids: null, custom_fields: null, description: null, footer: null, issuer: { type: 'self' } },
    items: listOf(
      wanted.items.map((item) => newItem(id, item, at, end)),
      `/v1/subscription_items?subscription=${id}`,
    ),
    latest_invoice: null,
    livemode: false,
    managed_payments: { enabled: false },
    metadata: wanted.metadata ?? {},
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: at,
    status: trial === null ? 'incomplete' : 'trialing',
    test_clock: refId(customerOf(world, wanted.customer).test_clock) || null,
    transfer_data: null,
    trial_end: trial,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: wanted.missing_payment_method ?? 'create_invoice' },
    },
    trial_start: trial === null ? null : at,
  };
  world.state.subscription[id] = subscription;
  redeem(world, subscription, wanted.discounts ?? [], at);
  emit(world, 'customer.subscription.created', subscription);
  const lines =
    trial === null
      ? periodLines(world, subscription)
      : subscription.items.data.map((item) =>
          lineFor(world, subscription, item, { amount: 0, period: { start: at, end: trial }, description: 'Trial period for' }),
        );
  const invoice = draftInvoice(world, subscription, lines, 'subscription_create', at);
  finalize(world, invoice, at);
  return { subscription, invoice };
}

/** Brings a subscription's status into line with its newest invoice that is not void. https://docs.stripe.com/billing/subscriptions/overview */
export function settle(world: World, subscription: Subscription, changed: Invoice): void {
  const invoice =
    Object.values(world.state.invoice).findLast(
      ({ id, status, parent }) =>
        refId(parent?.subscription_details?.subscription) === subscription.id &&
        !['draft', 'void'].includes(status ?? '') &&
        // A change that waits for its payment has not happened.
        id !== world.state.awaited[subscription.id],
    ) ?? changed;
  change(world, subscription, 'customer.subscription.updated', (altered) => {
    if (invoice.status === 'paid' && altered.status === 'incomplete') altered.status = 'active';
    if (['paid', 'void', 'uncollectible'].includes(invoice.status ?? '') && altered.status === 'past_due') altered.status = 'active';
    // Whatever happens later, one that fails stays past_due: the product decides when it stops serving.
    if (invoice.status === 'open' && invoice.attempted && altered.status === 'active') altered.status = 'past_due';
  });
  const customer = customerOf(world, refId(subscription.customer));
  change(world, customer, 'customer.updated', (altered) => {
    altered.delinquent = subscription.status === 'past_due';
  });
}

/** Collects an invoice, and lets its subscription follow. */
export function collectFor(
  world: World,
  subscription: Subscription,
  invoice: Invoice,
  at: number,
  payment: Parameters<typeof collect>[3] = {},
): Outcome {
  const outcome = collect(world, invoice, at, payment);
  settle(world, subscription, invoice);
  return outcome;
}

/** Ends a subscription; nothing of it is charged any more. */
export function end(world: World, subscription: Subscription, at: number, status: 'canceled' | 'incomplete_expired' = 'canceled'): void {
  for (const schedule of Object.values(world.state.subscription_schedule))
    if (refId(schedule.subscription) === subscription.id && ['active', 'not_started'].includes(schedule.status))
      change(world, schedule, 'subscription_schedule.canceled', (altered) => {
        altered.status = 'canceled';
        altered.canceled_at = at;
        altered.current_phase = null;
      });
  world.state.pendingLines = world.state.pendingLines.filter((line) => refId(line.subscription) !== subscription.id);
  for (const invoice of Object.values(world.state.invoice))
    if (refId(invoice.parent?.subscription_details?.subscription) === subscription.id && ['draft', 'open'].includes(invoice.status ?? '')) {
      if (status === 'incomplete_expired' && invoice.status === 'open') voidInvoice(world, invoice, at);
      invoice.auto_advance = false;
      invoice.next_payment_attempt = null;
      invoice.automatically_finalizes_at = null;
    }
  change(world, subscription, status === 'canceled' ? 'customer.subscription.deleted' : 'customer.subscription.updated', (altered) => {
    altered.status = status;
    altered.ended_at = at;
    altered.canceled_at ??= at;
    altered.schedule = null;
    altered.pending_update = null;
  });
}
