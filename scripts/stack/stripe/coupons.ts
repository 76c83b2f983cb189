import { z } from 'zod';
import type { Define } from './api';
import { decimal, expand, flag, integer, merged, metadata, page, text } from './parameters';
import { missing, StripeProblem } from './problem';
import { type Coupon, idOf, type PromotionCode, realTime, refId } from './state';
import { change, emit, paged, type World } from './world';

/** The coupon of an id, while it can be redeemed. */
export function redeemable(world: World, id: string): Coupon {
  const coupon = world.state.coupon[id];
  if (!coupon) throw missing('coupon', id, 'coupon');
  const over =
    (coupon.redeem_by !== null && coupon.redeem_by < realTime()) ||
    (coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions);
  if (!coupon.valid || over) throw new StripeProblem('This coupon has expired.', { code: 'coupon_expired', param: 'coupon' });
  return coupon;
}

/** Whether a customer can redeem a promotion code. */
export function canRedeem(
  world: World,
  { active, expires_at, max_redemptions, times_redeemed, ...rest }: PromotionCode,
  customer: string,
): boolean {
  const owner = refId(rest.customer);
  return (
    active &&
    world.state.coupon[refId(rest.promotion.coupon)]?.valid === true &&
    (expires_at === null || expires_at > realTime()) &&
    (max_redemptions === null || times_redeemed < max_redemptions) &&
    (owner === '' || owner === customer)
  );
}

/** The promotion code that somebody typed, while they can redeem it. */
export const promotionOf = (world: World, code: string, customer: string): PromotionCode | undefined =>
  Object.values(world.state.promotion_code).find(
    (promotion) => promotion.code.toLowerCase() === code.trim().toLowerCase() && canRedeem(world, promotion, customer),
  );

/** What is taken off a price, and the codes that people type for it. */
export function defineCoupons(define: Define, world: World): void {
  const { coupon, promotion_code } = world.state;
  const found = (id: string) => {
    const object = coupon[id];
    if (!object) throw missing('coupon', id);
    return object;
  };
  define(
    'post',
    '/v1/coupons',
    z
      .strictObject({
        id: text.optional(),
        name: text.optional(),
        percent_off: decimal.pipe(z.number().positive().max(100)).optional(),
        amount_off: integer.pipe(z.number().positive()).optional(),
        currency: text.optional(),
        duration: z.enum(['once', 'repeating', 'forever']).optional(),
        duration_in_months: integer.pipe(z.number().min(1)).optional(),
        max_redemptions: integer.optional(),
        redeem_by: integer.optional(),
        metadata: metadata.optional(),
        ...expand,
      })
      .refine(({ percent_off, amount_off }) => (percent_off === undefined) !== (amount_off === undefined), {
        error: 'Must provide percent_off or amount_off.',
        path: ['percent_off'],
      }),
    (params) => {
      const id = params.id ?? idOf('coupon').slice('coupon_'.length);
      if (coupon[id]) throw new StripeProblem('Coupon already exists.', { code: 'resource_already_exists', param: 'id' });
      const object: Coupon = {
        id,
        object: 'coupon',
        amount_off: params.amount_off ?? null,
        created: realTime(),
        currency: params.currency ?? null,
        duration: params.duration ?? 'once',
        duration_in_months: params.duration_in_months ?? null,
        livemode: false,
        max_redemptions: params.max_redemptions ?? null,
        metadata: merged(null, params.metadata),
        name: params.name ?? null,
        percent_off: params.percent_off ?? null,
        redeem_by: params.redeem_by ?? null,
        times_redeemed: 0,
        valid: true,
      };
      coupon[id] = object;
      emit(world, 'coupon.created', object);
      return object;
    },
  );
  define('get', '/v1/coupons', z.strictObject(page), (params) => paged(Object.values(coupon), params, '/v1/coupons'));
  define('get', '/v1/coupons/:id', z.strictObject(expand), (_, part) => found(part('id')));
  define('delete', '/v1/coupons/:id', z.strictObject({}), (_, part) => {
    const object = found(part('id'));
    delete coupon[object.id];
    emit(world, 'coupon.deleted', object);
    return { id: object.id, object: 'coupon', deleted: true };
  });

  define(
    'post',
    '/v1/promotion_codes',
    z.strictObject({
      promotion: z.strictObject({ type: z.literal('coupon'), coupon: text }),
      code: text.optional(),
      active: flag.optional(),
      customer: text.optional(),
      expires_at: integer.optional(),
      max_redemptions: integer.optional(),
      metadata: metadata.optional(),
      ...expand,
    }),
    (params) => {
      found(params.promotion.coupon);
      const code = params.code ?? idOf('promotion_code').slice(-8).toUpperCase();
      const taken = Object.values(promotion_code).some((other) => other.active && other.code.toLowerCase() === code.toLowerCase());
      if (taken) throw new StripeProblem(`An active promotion code with \`code: ${code}\` already exists.`, { param: 'code' });
      const object: PromotionCode = {
        id: idOf('promotion_code'),
        object: 'promotion_code',
        active: params.active ?? true,
        code,
        created: realTime(),
        customer: params.customer ?? null,
        customer_account: null,
        expires_at: params.expires_at ?? null,
        livemode: false,
        max_redemptions: params.max_redemptions ?? null,
        metadata: merged(null, params.metadata),
        promotion: params.promotion,
        restrictions: { first_time_transaction: false, minimum_amount: null, minimum_amount_currency: null },
        times_redeemed: 0,
      };
      promotion_code[object.id] = object;
      emit(world, 'promotion_code.created', object);
      return object;
    },
  );
  define(
    'get',
    '/v1/promotion_codes',
    z.strictObject({ active: flag.optional(), code: text.optional(), coupon: text.optional(), ...page }),
    (params) =>
      paged(
        Object.values(promotion_code).filter(
          ({ active, code, promotion }) =>
            (params.active === undefined || active === params.active) &&
            (params.code === undefined || code.toLowerCase() === params.code.toLowerCase()) &&
            (params.coupon === undefined || refId(promotion.coupon) === params.coupon),
        ),
        params,
        '/v1/promotion_codes',
      ),
  );
  define(
    'post',
    '/v1/promotion_codes/:id',
    z.strictObject({ active: flag.optional(), metadata: metadata.optional(), ...expand }),
    (params, part) => {
      const object = promotion_code[part('id')];
      if (!object) throw missing('promotion code', part('id'));
      change(world, object, 'promotion_code.updated', (altered) => {
        altered.active = params.active ?? altered.active;
        altered.metadata = merged(altered.metadata, params.metadata);
      });
      return object;
    },
  );
}
