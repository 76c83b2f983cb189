import { z } from 'zod';
import type { Define } from './api';
import { address, clearable, expand, integer, merged, metadata, page, text } from './parameters';
import { attach, findCard } from './payment-methods';
import { missing, StripeProblem } from './problem';
import { type Customer, idOf, refId, type TaxId, timeOf } from './state';
import { change, emit, paged, type World } from './world';

/** The customer of an id. */
export function customerOf(world: World, id: string, param = 'customer'): Customer {
  const customer = world.state.customer[id];
  if (!customer) throw missing('customer', id, param);
  return customer;
}

const empty = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
const fields = {
  email: clearable.optional(),
  name: clearable.optional(),
  phone: clearable.optional(),
  description: clearable.optional(),
  balance: integer.optional(),
  address: z.union([address, z.literal('')]).optional(),
  invoice_settings: z.strictObject({ default_payment_method: clearable.optional() }).optional(),
  metadata: metadata.optional(),
  ...expand,
};
type Fields = z.infer<z.ZodObject<typeof fields>>;

/** Sets what was sent; an empty string takes a field away. */
function assign(world: World, customer: Customer, sent: Fields): void {
  for (const key of ['email', 'name', 'phone', 'description'] as const) if (sent[key] !== undefined) customer[key] = sent[key] || null;
  if (sent.balance !== undefined) customer.balance = sent.balance;
  if (sent.address === '') customer.address = null;
  else if (sent.address) customer.address = { ...empty, ...customer.address, ...sent.address };
  const method = sent.invoice_settings?.default_payment_method;
  if (method) {
    const card = world.state.payment_method[method];
    if (refId(card?.customer) !== customer.id)
      throw new StripeProblem(`The customer does not have a payment method with the ID ${method}.`, {
        param: 'invoice_settings[default_payment_method]',
      });
  }
  if (method !== undefined) customer.invoice_settings.default_payment_method = method || null;
  customer.metadata = merged(customer.metadata, sent.metadata);
}

export function defineCustomers(define: Define, world: World): void {
  const { state } = world;
  define(
    'post',
    '/v1/customers',
    z.strictObject({ ...fields, payment_method: text.optional(), test_clock: text.optional() }),
    ({ payment_method, test_clock, ...sent }) => {
      const clock = test_clock === undefined ? undefined : state.test_clock[test_clock];
      if (test_clock !== undefined && !clock) throw missing('testclock', test_clock, 'test_clock');
      const id = idOf('customer');
      const customer: Customer = {
        id,
        object: 'customer',
        address: null,
        balance: 0,
        created: clock?.frozen_time ?? timeOf(state, id),
        currency: null,
        customer_account: null,
        default_source: null,
        delinquent: false,
        description: null,
        discount: null,
        email: null,
        invoice_prefix: id.slice(-8).toUpperCase(),
        invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
        livemode: false,
        metadata: {},
        name: null,
        next_invoice_sequence: 1,
        phone: null,
        preferred_locales: [],
        shipping: null,
        tax_exempt: 'none',
        test_clock: test_clock ?? null,
      };
      state.customer[id] = customer;
      const method = payment_method === undefined ? undefined : findCard(world, payment_method);
      try {
        if (method) attach(world, method, id);
        assign(world, customer, sent);
      } catch (error) {
        delete state.customer[id];
        throw error;
      }
      emit(world, 'customer.created', customer);
      return customer;
    },
  );
  define('get', '/v1/customers', z.strictObject({ email: text.optional(), test_clock: text.optional(), ...page }), (params) =>
    paged(
      Object.values(state.customer).filter(
        ({ email, test_clock }) =>
          (params.email === undefined || email === params.email) && (params.test_clock === undefined || test_clock === params.test_clock),
      ),
      params,
      '/v1/customers',
    ),
  );
  define('get', '/v1/customers/:id', z.strictObject(expand), (_, part) => {
    const id = part('id');
    const gone = Object.values(state.event).some(({ type, data }) => type === 'customer.deleted' && (data.object as Customer).id === id);
    return gone ? { id, object: 'customer', deleted: true } : customerOf(world, id, 'id');
  });
  define('post', '/v1/customers/:id', z.strictObject(fields), (sent, part) => {
    const customer = customerOf(world, part('id'), 'id');
    change(world, customer, 'customer.updated', (altered) => assign(world, altered, sent));
    return customer;
  });
  define(
    'post',
    '/v1/customers/:id/tax_ids',
    z.strictObject({ type: z.enum(['us_ein', 'eu_vat', 'gb_vat', 'ch_vat', 'ca_bn', 'au_abn']), value: text, ...expand }),
    ({ type, value }, part) => {
      const { id } = customerOf(world, part('id'), 'id');
      if (!/^[A-Z0-9][A-Z0-9 .-]{4,20}$/i.test(value))
        throw new StripeProblem(`Invalid value for ${type}.`, { code: 'tax_id_invalid', param: 'value' });
      const taxId: TaxId = {
        id: idOf('tax_id'),
        object: 'tax_id',
        country: type === 'eu_vat' ? value.slice(0, 2).toUpperCase() : type.slice(0, 2).toUpperCase(),
        created: timeOf(state, id),
        customer: id,
        customer_account: null,
        livemode: false,
        owner: { customer: id, customer_account: null, type: 'customer' },
        type,
        value,
        verification: type === 'eu_vat' ? { status: 'pending', verified_address: null, verified_name: null } : null,
      };
      state.tax_id[taxId.id] = taxId;
      emit(world, 'customer.tax_id.created', taxId);
      return taxId;
    },
  );
  define('get', '/v1/customers/:id/tax_ids', z.strictObject(page), (params, part) => {
    const { id } = customerOf(world, part('id'), 'id');
    return paged(
      Object.values(state.tax_id).filter(({ customer }) => refId(customer) === id),
      params,
      `/v1/customers/${id}/tax_ids`,
    );
  });
  define('delete', '/v1/customers/:id/tax_ids/:tax', z.strictObject({}), (_, part) => {
    const taxId = state.tax_id[part('tax')];
    if (!taxId || refId(taxId.customer) !== part('id')) throw missing('tax id', part('tax'));
    delete state.tax_id[taxId.id];
    emit(world, 'customer.tax_id.deleted', taxId);
    return { id: taxId.id, object: 'tax_id', deleted: true };
  });
}
