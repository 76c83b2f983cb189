import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Define } from './api';
import { day } from './calendar';
import { firstInvoice } from './checkout';
import { customerOf } from './customers';
import { clearable, expand, flag, integer, merged, metadata, page, text } from './parameters';
import { missing, StripeProblem } from './problem';
import { type CheckoutSession, idOf, listOf, newId, type Order, realTime, refId, timeOf } from './state';
import { changesOf, discountsOf } from './subscriptions';
import { change, paged, type World } from './world';

const shape = z.strictObject({
  mode: z.literal('subscription'),
  customer: text,
  line_items: z
    .array(z.strictObject({ price: text, quantity: integer.pipe(z.number().min(1)).optional() }))
    .min(1)
    .max(20),
  success_url: text.optional(),
  cancel_url: text.optional(),
  return_url: text.optional(),
  ui_mode: z.enum(['hosted_page', 'embedded_page']).optional(),
  allowed_payment_method_types: z.array(z.literal('card')).length(1).optional(),
  allow_promotion_codes: flag.optional(),
  billing_address_collection: z.enum(['auto', 'required']).optional(),
  client_reference_id: text.max(200).optional(),
  customer_update: z
    .strictObject({ address: z.enum(['auto', 'never']), name: z.enum(['auto', 'never']) })
    .partial()
    .optional(),
  discounts: z.array(z.strictObject({ coupon: text, promotion_code: text }).partial()).optional(),
  expires_at: integer.optional(),
  locale: clearable.optional(),
  metadata: metadata.optional(),
  subscription_data: z
    .strictObject({
      trial_end: integer,
      metadata,
      trial_settings: z.strictObject({
        end_behavior: z.strictObject({ missing_payment_method: z.enum(['cancel', 'create_invoice']) }),
      }),
    })
    .partial()
    .optional(),
  tax_id_collection: z.strictObject({ enabled: flag }).optional(),
  ...expand,
});

/** Sessions of the payment page. https://docs.stripe.com/api/checkout/sessions */
export function defineCheckout(define: Define, world: World): void {
  const { state } = world;
  const found = (id: string) => {
    const session = state.checkout_session[id];
    if (!session) throw missing('checkout.session', id);
    return session;
  };
  define('post', '/v1/checkout/sessions', shape, (params) => {
    const customer = customerOf(world, params.customer);
    const id = idOf('checkout_session');
    const embedded = params.ui_mode === 'embedded_page';
    const [wanted, refused] = embedded ? (['return_url', 'success_url'] as const) : (['success_url', 'return_url'] as const);
    if (!params[wanted]) throw new StripeProblem(`Missing required param: ${wanted}.`, { code: 'parameter_missing', param: wanted });
    if (params[refused] || (embedded && params.cancel_url))
      throw new StripeProblem(`You can not pass \`${params[refused] ? refused : 'cancel_url'}\` with this \`ui_mode\`.`, {
        param: refused,
      });
    const trial = params.subscription_data?.trial_end;
    if (trial !== undefined && trial < timeOf(state, customer.id) + 2 * day)
      throw new StripeProblem('The `trial_end` date has to be at least 2 days in the future.', { param: 'subscription_data[trial_end]' });
    const items = params.line_items.map(({ price, quantity }) => ({ price, quantity: quantity ?? 1 }));
    const order: Order = {
      customer: customer.id,
      items,
      keepName: params.customer_update?.name === 'auto',
      keepAddress: params.customer_update?.address === 'auto',
      ...(trial !== undefined && { trial_end: trial }),
      metadata: merged(null, params.subscription_data?.metadata),
      ...(params.subscription_data?.trial_settings && {
        missing_payment_method: params.subscription_data.trial_settings.end_behavior.missing_payment_method,
      }),
    };
    const currency = changesOf(world, items)[0]?.price?.currency ?? 'usd';
    const session: CheckoutSession = {
      id,
      object: 'checkout.session',
      adaptive_pricing: null,
      after_expiration: null,
      allow_promotion_codes: params.allow_promotion_codes ?? null,
      allowed_payment_method_types: params.allowed_payment_method_types ?? null,
      amount_subtotal: null,
      amount_total: null,
      automatic_tax: { enabled: false, liability: null, provider: null, status: null },
      billing_address_collection: params.billing_address_collection ?? null,
      cancel_url: params.cancel_url ?? null,
      client_reference_id: params.client_reference_id ?? null,
      client_secret: embedded ? `${id}_secret_${randomBytes(12).toString('hex')}` : null,
      collected_information: null,
      consent: null,
      consent_collection: null,
      created: realTime(),
      currency,
      currency_conversion: null,
      custom_fields: [],
      custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
      customer: customer.id,
      customer_account: null,
      customer_creation: null,
      customer_details: null,
      customer_email: null,
      discounts: discountsOf(world, params.discounts, customer.id).map(({ coupon, promotion }) => ({
        coupon,
        promotion_code: promotion?.id ?? null,
      })),
      expires_at: params.expires_at ?? realTime() + day,
      integration_identifier: null,
      invoice: null,
      invoice_creation: null,
      livemode: false,
      locale: null,
      managed_payments: null,
      metadata: merged(null, params.metadata),
      mode: 'subscription',
      origin_context: null,
      payment_intent: null,
      payment_link: null,
      payment_method_collection: 'always',
      payment_method_configuration_details: null,
      payment_method_options: null,
      payment_method_types: ['card'],
      payment_status: 'unpaid',
      permissions: null,
      recovered_from: null,
      saved_payment_method_options: null,
      setup_intent: null,
      shipping_address_collection: null,
      shipping_cost: null,
      shipping_options: [],
      status: 'open',
      submit_type: null,
      subscription: null,
      ...(embedded && { redirect_on_completion: 'always' as const, return_url: params.return_url ?? '' }),
      success_url: params.success_url ?? null,
      tax_id_collection: { enabled: params.tax_id_collection?.enabled ?? false, required: 'never' },
      total_details: null,
      ui_mode: params.ui_mode ?? 'hosted_page',
      url: embedded ? null : `${world.url}/pay/${id}`,
      wallet_options: null,
    };
    state.checkout_session[id] = session;
    state.orders[id] = order;
    const { subtotal, total } = firstInvoice(world, session);
    session.amount_subtotal = subtotal;
    session.amount_total = total;
    return session;
  });
  define(
    'get',
    '/v1/checkout/sessions',
    z.strictObject({
      customer: text.optional(),
      subscription: text.optional(),
      status: z.enum(['open', 'complete', 'expired']).optional(),
      ...page,
    }),
    (params) =>
      paged(
        Object.values(state.checkout_session).filter(
          ({ customer, subscription, status }) =>
            (params.customer === undefined || refId(customer) === params.customer) &&
            (params.subscription === undefined || refId(subscription) === params.subscription) &&
            (params.status === undefined || status === params.status),
        ),
        params,
        '/v1/checkout/sessions',
      ),
  );
  define('get', '/v1/checkout/sessions/:id', z.strictObject(expand), (_, part) => found(part('id')));
  define('get', '/v1/checkout/sessions/:id/line_items', z.strictObject(page), (_, part) => {
    const { id, currency } = found(part('id'));
    const items = changesOf(world, state.orders[id]?.items ?? []).map(({ price, quantity = 1 }) => ({
      id: newId('li'),
      object: 'item' as const,
      amount_discount: 0,
      amount_subtotal: (price?.unit_amount ?? 0) * quantity,
      amount_tax: 0,
      amount_total: (price?.unit_amount ?? 0) * quantity,
      currency,
      description: state.product[refId(price?.product)]?.name ?? null,
      price: price ?? null,
      quantity,
    }));
    return listOf(items, `/v1/checkout/sessions/${id}/line_items`);
  });
  define('post', '/v1/checkout/sessions/:id/expire', z.strictObject(expand), (_, part) => {
    const session = found(part('id'));
    if (session.status !== 'open')
      throw new StripeProblem(
        `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
      );
    change(world, session, 'checkout.session.expired', (gone) => {
      gone.status = 'expired';
      gone.url = null;
    });
    return session;
  });
}
