import { customerOf } from './customers';
import { type Discount, type Invoice, type InvoiceLine, idOf, listOf, refId, type Subscription } from './state';
import { change, emit, type World } from './world';

/** Takes off what coupons take off: a share of every charge, or an amount of the invoice. */
function takeOff(world: World, discounts: Discount[], lines: InvoiceLine[]): void {
  for (const discount of discounts) {
    const coupon = world.state.coupon[refId(discount.source.coupon)];
    let left = coupon?.amount_off ?? 0;
    for (const line of lines.filter(({ discountable }) => discountable)) {
      const already = (line.discount_amounts ?? []).reduce((sum, { amount }) => sum + amount, 0);
      const share = coupon?.percent_off
        ? Math.round(((line.amount - already) * coupon.percent_off) / 100)
        : Math.min(left, line.amount - already);
      left -= Math.min(share, left);
      line.discounts.push(discount.id);
      line.discount_amounts?.push({ amount: share, discount: discount.id });
    }
  }
}

/** Ends the discounts that were meant for one invoice. */
function retire(world: World, subscription: Subscription, discounts: Discount[]): void {
  const once = discounts.filter(({ source }) => world.state.coupon[refId(source.coupon)]?.duration === 'once').map(({ id }) => id);
  if (once.length > 0)
    change(world, subscription, 'customer.subscription.updated', (altered) => {
      altered.discounts = altered.discounts.filter((discount) => !once.includes(refId(discount)));
    });
}

/** The discounts of a subscription that count at a moment. */
export const discountsAt = (world: World, { discounts }: Subscription, at: number): Discount[] =>
  discounts
    .map((discount) => world.state.discount[refId(discount)])
    .filter((discount) => discount !== undefined)
    .filter(({ end }) => end === null || end > at);

/** Takes the lines that wait for the next invoice of a subscription. */
export function takeWaiting({ state }: World, { id }: Subscription): InvoiceLine[] {
  const waiting = state.pendingLines.filter((line) => refId(line.subscription) === id);
  state.pendingLines = state.pendingLines.filter((line) => !waiting.includes(line));
  return waiting;
}

type Reason = 'subscription_create' | 'subscription_cycle' | 'subscription_update';

/** A draft of an invoice: its lines, what coupons take off, and what the customer has to their credit. `at` in Unix seconds. */
export function draftInvoice(world: World, subscription: Subscription, lines: InvoiceLine[], reason: Reason, at: number): Invoice {
  const { state } = world;
  const customer = customerOf(world, refId(subscription.customer));
  const id = idOf('invoice');
  const discounts = discountsAt(world, subscription, at);
  takeOff(world, discounts, lines);
  const off = lines.reduce((sum, { discount_amounts }) => sum + (discount_amounts ?? []).reduce((part, { amount }) => part + amount, 0), 0);
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0);
  const total = subtotal - off;
  const due = Math.max(total + customer.balance, 0);
  const invoice: Invoice = {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Emulated account',
    account_tax_ids: null,
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: due,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: reason,
    collection_method: 'charge_automatically',
    created: at,
    currency: subscription.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: Object.values(state.tax_id)
      .filter((taxId) => refId(taxId.customer) === customer.id)
      .map(({ type, value }) => ({ type, value })),
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: discounts.map((discount) => discount.id),
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: listOf(
      lines.map((line) => ({ ...line, invoice: id })),
      `/v1/invoices/${id}/lines`,
    ),
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: Math.max(at, ...lines.map(({ period }) => period.start)),
    period_start: Math.min(at, ...lines.map(({ period }) => period.start)),
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: customer.balance,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal,
    subtotal_excluding_tax: subtotal,
    test_clock: refId(customer.test_clock) || null,
    total,
    total_discount_amounts: discounts.map((discount) => ({
      discount: discount.id,
      amount: lines.reduce((sum, line) => sum + (line.discount_amounts?.find((part) => part.discount === discount.id)?.amount ?? 0), 0),
    })),
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: at,
  };
  state.invoice[id] = invoice;
  emit(world, 'invoice.created', invoice);
  change(world, subscription, 'customer.subscription.updated', (altered) => {
    altered.latest_invoice = id;
  });
  if (subtotal > 0) retire(world, subscription, discounts);
  return invoice;
}

/** Makes a draft final: it gets its number, pages for people, and the customer's credit is settled with it. */
export function finalize(world: World, invoice: Invoice, at: number): void {
  const customer = customerOf(world, refId(invoice.customer));
  const balance = customer.balance + invoice.total;
  change(world, invoice, 'invoice.finalized', (final) => {
    final.starting_balance = customer.balance;
    final.ending_balance = Math.min(balance, 0);
    final.amount_due = Math.max(balance, 0);
    final.amount_remaining = final.amount_due;
    final.number = `${customer.invoice_prefix}-${String(customer.next_invoice_sequence ?? 1).padStart(4, '0')}`;
    final.status = 'open';
    final.status_transitions.finalized_at = at;
    final.effective_at = at;
    final.automatically_finalizes_at = null;
    final.hosted_invoice_url = `${world.url}/invoice/${invoice.id}`;
    final.invoice_pdf = `${world.url}/invoice/${invoice.id}/pdf`;
  });
  change(world, customer, 'customer.updated', (altered) => {
    altered.next_invoice_sequence = (customer.next_invoice_sequence ?? 1) + 1;
    altered.currency = invoice.currency;
    altered.balance = Math.min(balance, 0);
  });
}

/** The subscription that an invoice bills. */
export const subscriptionOf = (world: World, invoice: Invoice): Subscription | undefined =>
  world.state.subscription[refId(invoice.parent?.subscription_details?.subscription)];

/** Makes an open invoice void: nobody pays it any more, and the credit that it used up is there again. */
export function voidInvoice(world: World, invoice: Invoice, at: number): void {
  const credit = invoice.starting_balance - (invoice.ending_balance ?? invoice.starting_balance);
  change(world, customerOf(world, refId(invoice.customer)), 'customer.updated', (altered) => {
    altered.balance += credit;
  });
  change(world, invoice, 'invoice.voided', (gone) => {
    gone.status = 'void';
    gone.status_transitions.voided_at = at;
    gone.next_payment_attempt = null;
    gone.amount_remaining = 0;
  });
}
