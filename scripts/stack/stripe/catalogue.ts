import { z } from 'zod';
import type { Define } from './api';
import { clearable, expand, flag, integer, merged, metadata, page, text } from './parameters';
import { missing, StripeProblem } from './problem';
import { idOf, type Price, type Product, realTime, refId } from './state';
import { change, emit, paged, type World } from './world';

/** The price of an id, archived ones too. */
export function priceOf(world: World, id: string, param = 'price'): Price {
  const price = world.state.price[id];
  if (!price) throw missing('price', id, param);
  return price;
}

function defineProducts(define: Define, world: World): void {
  const { product } = world.state;
  const found = (id: string) => {
    const object = product[id];
    if (!object) throw missing('product', id);
    return object;
  };
  const fields = { name: text, description: clearable.optional(), active: flag.optional(), metadata: metadata.optional() };
  define(
    'post',
    '/v1/products',
    z.strictObject({ id: text.optional(), ...fields, ...expand }),
    ({ id, name, description, active, metadata: data }) => {
      if (id !== undefined && product[id])
        throw new StripeProblem('Product already exists.', { code: 'resource_already_exists', param: 'id' });
      const created = realTime();
      const object: Product = {
        id: id ?? idOf('product'),
        object: 'product',
        active: active ?? true,
        created,
        default_price: null,
        description: description || null,
        images: [],
        livemode: false,
        marketing_features: [],
        metadata: merged(null, data),
        name,
        package_dimensions: null,
        shippable: null,
        tax_code: null,
        tax_details: null,
        type: 'service',
        updated: created,
        url: null,
      };
      product[object.id] = object;
      emit(world, 'product.created', object);
      return object;
    },
  );
  define('get', '/v1/products', z.strictObject({ active: flag.optional(), ids: z.array(text).optional(), ...page }), (params) =>
    paged(
      Object.values(product).filter(
        ({ id, active }) => (params.active === undefined || active === params.active) && (params.ids?.includes(id) ?? true),
      ),
      params,
      '/v1/products',
    ),
  );
  define('get', '/v1/products/:id', z.strictObject(expand), (_, part) => found(part('id')));
  define('post', '/v1/products/:id', z.strictObject({ ...fields, name: text.optional(), ...expand }), (params, part) => {
    const object = found(part('id'));
    change(world, object, 'product.updated', (altered) => {
      altered.name = params.name ?? altered.name;
      if (params.description !== undefined) altered.description = params.description || null;
      altered.active = params.active ?? altered.active;
      altered.metadata = merged(altered.metadata, params.metadata);
    });
    return object;
  });
}

const recurring = z.strictObject({
  interval: z.enum(['day', 'week', 'month', 'year']),
  interval_count: integer.pipe(z.number().min(1).max(36)).optional(),
  usage_type: z.literal('licensed').optional(),
});

function definePrices(define: Define, world: World): void {
  const { price, product } = world.state;
  /** A lookup key names one price; only by asking for it does it pass to another. */
  function takeKey(key: string, transfer: boolean, param = 'lookup_key'): void {
    const holder = Object.values(price).find(({ lookup_key }) => lookup_key === key);
    if (!holder) return;
    if (!transfer) throw new StripeProblem(`A price (\`${holder.id}\`) already uses that lookup key.`, { param });
    change(world, holder, 'price.updated', (altered) => {
      altered.lookup_key = null;
    });
  }
  define(
    'post',
    '/v1/prices',
    z.strictObject({
      product: text,
      currency: z.string().regex(/^[a-z]{3}$/, 'not a currency'),
      unit_amount: integer.pipe(z.number().min(0)),
      recurring: recurring.optional(),
      lookup_key: text.max(200).optional(),
      transfer_lookup_key: flag.optional(),
      nickname: clearable.optional(),
      active: flag.optional(),
      metadata: metadata.optional(),
      ...expand,
    }),
    (params) => {
      if (!product[params.product]) throw missing('product', params.product, 'product');
      if (params.lookup_key) takeKey(params.lookup_key, params.transfer_lookup_key ?? false);
      const object: Price = {
        id: idOf('price'),
        object: 'price',
        active: params.active ?? true,
        billing_scheme: 'per_unit',
        created: realTime(),
        currency: params.currency,
        custom_unit_amount: null,
        livemode: false,
        lookup_key: params.lookup_key ?? null,
        metadata: merged(null, params.metadata),
        nickname: params.nickname || null,
        product: params.product,
        recurring: params.recurring
          ? {
              interval: params.recurring.interval,
              interval_count: params.recurring.interval_count ?? 1,
              meter: null,
              trial_period_days: null,
              usage_type: 'licensed',
            }
          : null,
        tax_behavior: 'unspecified',
        tiers_mode: null,
        transform_quantity: null,
        type: params.recurring ? 'recurring' : 'one_time',
        unit_amount: params.unit_amount,
        unit_amount_decimal: String(params.unit_amount),
      };
      price[object.id] = object;
      emit(world, 'price.created', object);
      return object;
    },
  );
  define(
    'get',
    '/v1/prices',
    z.strictObject({ active: flag.optional(), lookup_keys: z.array(text).max(10).optional(), product: text.optional(), ...page }),
    (params) =>
      paged(
        Object.values(price).filter(
          (one) =>
            (params.active === undefined || one.active === params.active) &&
            (params.lookup_keys?.includes(one.lookup_key ?? '') ?? true) &&
            (params.product === undefined || refId(one.product) === params.product),
        ),
        params,
        '/v1/prices',
      ),
  );
  define('get', '/v1/prices/:id', z.strictObject(expand), (_, part) => priceOf(world, part('id'), 'price'));
  define(
    'post',
    '/v1/prices/:id',
    z.strictObject({
      active: flag.optional(),
      nickname: clearable.optional(),
      lookup_key: clearable.optional(),
      transfer_lookup_key: flag.optional(),
      metadata: metadata.optional(),
      ...expand,
    }),
    (params, part) => {
      const object = priceOf(world, part('id'));
      if (params.lookup_key && params.lookup_key !== object.lookup_key) takeKey(params.lookup_key, params.transfer_lookup_key ?? false);
      change(world, object, 'price.updated', (altered) => {
        altered.active = params.active ?? altered.active;
        if (params.nickname !== undefined) altered.nickname = params.nickname || null;
        if (params.lookup_key !== undefined) altered.lookup_key = params.lookup_key || null;
        altered.metadata = merged(altered.metadata, params.metadata);
      });
      return object;
    },
  );
}

/** What is sold, and for how much. */
export function defineCatalogue(define: Define, world: World): void {
  defineProducts(define, world);
  definePrices(define, world);
}
