import { z } from 'zod';
import type { Define } from './api';
import { priceOf } from './catalogue';
import { cancelAtEnd, changeItems } from './changing';
import { canRedeem, redeemable } from './coupons';
import { customerOf } from './customers';
import { endTrial } from './life';
import { clearable, expand, flag, integer, merged, metadata, page, text } from './parameters';
import { paymentProblem } from './payments';
import { missing, StripeProblem } from './problem';
import { type PromotionCode, refId, type Subscription, timeOf } from './state';
import { collectFor, end, newSubscription, redeem, type Wanted } from './subscribing';
import { change, paged, type World } from './world';

/** The subscription of an id. */
export function subscriptionOfId(world: World, id: string, param = 'id'): Subscription {
  const subscription = world.state.subscription[id];
  if (!subscription) throw missing('subscription', id, param);
  return subscription;
}

export const wantedItem = z.strictObject({
  id: text.optional(),
  price: text.optional(),
  quantity: integer.pipe(z.number().min(1)).optional(),
});
export const proration = {
  proration_behavior: z.enum(['always_invoice', 'create_prorations', 'none']).optional(),
  proration_date: integer.optional(),
};
export const trialEnd = z.union([z.literal('now'), integer]).optional();
const wantedDiscounts = z.union([z.literal(''), z.array(z.strictObject({ coupon: text, promotion_code: text }).partial())]).optional();

/** The coupons that were asked for, by themselves or by a code. */
export function discountsOf(
  world: World,
  wanted: z.infer<typeof wantedDiscounts>,
  customer: string,
): { coupon: string; promotion?: PromotionCode }[] {
  return (wanted || []).map(({ coupon, promotion_code }) => {
    if (coupon) return { coupon: redeemable(world, coupon).id };
    const promotion = world.state.promotion_code[promotion_code ?? ''];
    if (!promotion) throw missing('promotion code', promotion_code ?? '', 'discounts[0][promotion_code]');
    if (!canRedeem(world, promotion, customer))
      throw new StripeProblem('This promotion code cannot be redeemed.', { param: 'discounts[0][promotion_code]' });
    return { coupon: redeemable(world, refId(promotion.promotion.coupon)).id, promotion };
  });
}

/** The items of a change, with their prices looked up; only prices that are still sold can be chosen. */
export const changesOf = (world: World, items: z.infer<typeof wantedItem>[]) =>
  items.map(({ id, price, quantity }, n) => {
    const found = price === undefined ? undefined : priceOf(world, price, `items[${n}][price]`);
    if (found && !found.active) throw new StripeProblem(`The price specified is inactive.`, { param: `items[${n}][price]` });
    return { ...(id !== undefined && { id }), ...(found && { price: found }), ...(quantity !== undefined && { quantity }) };
  });

const alive = (subscription: Subscription): Subscription => {
  if (['canceled', 'incomplete_expired'].includes(subscription.status))
    throw new StripeProblem('A canceled subscription can only update its cancellation_details and metadata.');
  return subscription;
};

function defineCreation(define: Define, world: World): void {
  const shape = z.strictObject({
    customer: text,
    items: z.array(wantedItem).min(1).max(20),
    default_payment_method: text.optional(),
    payment_behavior: z.enum(['allow_incomplete', 'default_incomplete', 'error_if_incomplete']).optional(),
    trial_end: trialEnd,
    trial_period_days: integer.optional(),
    trial_settings: z
      .strictObject({ end_behavior: z.strictObject({ missing_payment_method: z.enum(['cancel', 'create_invoice']) }) })
      .optional(),
    discounts: wantedDiscounts,
    metadata: metadata.optional(),
    ...expand,
  });
  define('post', '/v1/subscriptions', shape, (params) => {
    const customer = customerOf(world, params.customer);
    const at = timeOf(world.state, customer.id);
    const method = params.default_payment_method;
    if (method && refId(world.state.payment_method[method]?.customer) !== customer.id)
      throw missing('PaymentMethod', method, 'default_payment_method');
    const wanted: Wanted = {
      customer: customer.id,
      items: changesOf(world, params.items).map(({ price, quantity }) => {
        if (!price)
          throw new StripeProblem('Missing required param: items[0][price].', { code: 'parameter_missing', param: 'items[0][price]' });
        return { price, quantity: quantity ?? 1 };
      }),
      discounts: discountsOf(world, params.discounts, customer.id),
      ...(method && { default_payment_method: method }),
      metadata: merged(null, params.metadata),
      ...(params.trial_settings && { missing_payment_method: params.trial_settings.end_behavior.missing_payment_method }),
      ...(typeof params.trial_end === 'number' && { trial_end: params.trial_end }),
      ...(params.trial_period_days && { trial_end: at + params.trial_period_days * 86_400 }),
    };
    const { subscription, invoice } = newSubscription(world, wanted, at);
    if (params.payment_behavior === 'default_incomplete' && invoice.amount_due > 0) return subscription;
    const outcome = collectFor(world, subscription, invoice, at);
    if (params.payment_behavior === 'error_if_incomplete' && outcome.says !== 'paid')
      throw paymentProblem(outcome, 'subscription_payment_intent_requires_action');
    return subscription;
  });
}

function defineUpdate(define: Define, world: World): void {
  const shape = z.strictObject({
    items: z.array(wantedItem).max(20).optional(),
    ...proration,
    payment_behavior: z.enum(['allow_incomplete', 'error_if_incomplete', 'pending_if_incomplete']).optional(),
    cancel_at: z.literal('').optional(),
    cancel_at_period_end: flag.optional(),
    cancellation_details: z.strictObject({ comment: clearable, feedback: clearable }).partial().optional(),
    default_payment_method: clearable.optional(),
    discounts: wantedDiscounts,
    metadata: metadata.optional(),
    pause_collection: z.union([z.literal(''), z.strictObject({ behavior: z.literal('void') })]).optional(),
    trial_end: trialEnd,
    ...expand,
  });
  define('post', '/v1/subscriptions/:id', shape, (params, part) => {
    const subscription = alive(subscriptionOfId(world, part('id')));
    const at = timeOf(world.state, refId(subscription.customer));
    const { default_payment_method: method } = params;
    if (method && refId(world.state.payment_method[method]?.customer) !== subscription.customer)
      throw missing('PaymentMethod', method, 'default_payment_method');
    if (typeof params.trial_end === 'number' && (subscription.status !== 'trialing' || params.trial_end <= at))
      throw new StripeProblem('A trial can be moved while it runs, to a time that is still to come.', { param: 'trial_end' });
    change(world, subscription, 'customer.subscription.updated', (altered) => {
      if (method !== undefined) altered.default_payment_method = method || null;
      altered.metadata = merged(altered.metadata, params.metadata);
      if (params.cancel_at !== undefined) {
        altered.cancel_at = null;
        altered.canceled_at = null;
      }
      if (params.pause_collection !== undefined)
        altered.pause_collection = params.pause_collection ? { ...params.pause_collection, resumes_at: null } : null;
      if (typeof params.trial_end === 'number') {
        world.state.trialNotices = world.state.trialNotices.filter((told) => told !== altered.id);
        altered.trial_end = params.trial_end;
        altered.billing_cycle_anchor = params.trial_end;
        for (const item of altered.items.data) item.current_period_end = params.trial_end;
      }
    });
    if (params.discounts !== undefined) {
      const wanted = discountsOf(world, params.discounts, refId(subscription.customer));
      change(world, subscription, 'customer.subscription.updated', (altered) => {
        altered.discounts = [];
        redeem(world, altered, wanted, at);
      });
    }
    if (params.items)
      changeItems(
        world,
        subscription,
        changesOf(world, params.items),
        {
          proration_behavior: params.proration_behavior ?? 'create_prorations',
          proration_date: params.proration_date ?? at,
          ...(params.payment_behavior && { payment_behavior: params.payment_behavior }),
        },
        at,
      );
    if (params.trial_end === 'now' && subscription.status === 'trialing') {
      const outcome = endTrial(world, subscription, at);
      if (params.payment_behavior === 'error_if_incomplete' && outcome.says !== 'paid')
        throw paymentProblem(outcome, 'subscription_payment_intent_requires_action');
    }
    if (params.cancel_at_period_end !== undefined && params.cancel_at_period_end !== subscription.cancel_at_period_end)
      cancelAtEnd(world, subscription, params.cancel_at_period_end, params.cancellation_details ?? {}, at);
    return subscription;
  });
}

export function defineSubscriptions(define: Define, world: World): void {
  const { state } = world;
  defineCreation(define, world);
  defineUpdate(define, world);
  define('get', '/v1/subscriptions/:id', z.strictObject(expand), (_, part) => subscriptionOfId(world, part('id')));
  define(
    'get',
    '/v1/subscriptions',
    z.strictObject({
      customer: text.optional(),
      price: text.optional(),
      status: z
        .enum(['active', 'all', 'canceled', 'ended', 'incomplete', 'incomplete_expired', 'past_due', 'paused', 'trialing', 'unpaid'])
        .optional(),
      test_clock: text.optional(),
      ...page,
    }),
    (params) =>
      paged(
        Object.values(state.subscription).filter(
          ({ customer, status, items, test_clock }) =>
            (params.customer === undefined || refId(customer) === params.customer) &&
            (params.price === undefined || items.data.some(({ price }) => price.id === params.price)) &&
            (params.test_clock === undefined || refId(test_clock) === params.test_clock) &&
            (params.status === undefined
              ? status !== 'canceled'
              : params.status === 'all' ||
                status === params.status ||
                (params.status === 'ended' && ['canceled', 'incomplete_expired'].includes(status))),
        ),
        params,
        '/v1/subscriptions',
      ),
  );
  define(
    'delete',
    '/v1/subscriptions/:id',
    z.strictObject({
      cancellation_details: z.strictObject({ comment: clearable, feedback: clearable }).partial().optional(),
      invoice_now: flag.optional(),
      prorate: flag.optional(),
      ...expand,
    }),
    (params, part) => {
      const subscription = alive(subscriptionOfId(world, part('id')));
      if (params.invoice_now || params.prorate)
        throw new StripeProblem('This emulator ends subscriptions without a last invoice.', { param: 'prorate' });
      subscription.cancellation_details = {
        comment: params.cancellation_details?.comment || null,
        feedback: null,
        feedback_option: null,
        reason: 'cancellation_requested',
      };
      end(world, subscription, timeOf(state, refId(subscription.customer)));
      return subscription;
    },
  );
}
