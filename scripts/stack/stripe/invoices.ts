import { z } from 'zod';
import type { Define } from './api';
import { hour, periodEnd } from './calendar';
import { applyPending, changeItems, shadowOf } from './changing';
import { customerOf } from './customers';
import { draftInvoice, finalize, subscriptionOf, takeWaiting, voidInvoice } from './invoicing';
import { endTrial } from './life';
import { periodLines } from './lines';
import { expand, flag, page, text } from './parameters';
import { assertOwn, findCard } from './payment-methods';
import { type Outcome, paymentProblem } from './payments';
import { missing, StripeProblem } from './problem';
import { type Invoice, type PaymentMethod, refId, timeOf } from './state';
import { collectFor, newSubscription, recurrenceOf, redeem, settle, type Wanted } from './subscribing';
import { changesOf, discountsOf, proration, subscriptionOfId, trialEnd, wantedItem } from './subscriptions';
import { change, paged, type World } from './world';

/** The invoice of an id. */
export function invoiceOf(world: World, id: string): Invoice {
  const invoice = world.state.invoice[id];
  if (!invoice) throw missing('invoice', id);
  return invoice;
}

/** Pays an open invoice, now; a change of the subscription that waited for it comes true. */
export function pay(world: World, invoice: Invoice, { method, present }: { method?: PaymentMethod; present?: boolean }): Outcome {
  if (invoice.status === 'paid') throw new StripeProblem('Invoice is already paid', { code: 'invoice_already_paid' });
  if (invoice.status !== 'open')
    throw new StripeProblem(`Invoices with status ${invoice.status} can't be paid.`, { code: 'invoice_not_open' });
  const subscription = subscriptionOf(world, invoice);
  if (!subscription) throw missing('subscription', '');
  const at = timeOf(world.state, refId(invoice.customer));
  if (method) assertOwn(method, refId(invoice.customer));
  const outcome = collectFor(world, subscription, invoice, at, { ...(method && { method }), ...(present && { present }) });
  if (outcome.says === 'paid' && world.state.awaited[subscription.id] === invoice.id) applyPending(world, subscription);
  return outcome;
}

const preview = z.strictObject({
  customer: text.optional(),
  subscription: text.optional(),
  discounts: z.array(z.strictObject({ coupon: text, promotion_code: text }).partial()).optional(),
  subscription_details: z
    .strictObject({ items: z.array(wantedItem).optional(), ...proration, trial_end: trialEnd, cancel_at_period_end: flag.optional() })
    .optional(),
  ...expand,
});

/** What an invoice would be, were something done; tried on a copy of everything. https://docs.stripe.com/api/invoices/create_preview */
function previewOf(world: World, params: z.infer<typeof preview>): Invoice {
  const shadow = shadowOf(world);
  const details = params.subscription_details ?? {};
  const asDraft = (invoice: Invoice): Invoice => ({
    ...invoice,
    id: `upcoming_${invoice.id}`,
    status: 'draft',
    number: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    amount_remaining: invoice.amount_due,
    amount_paid: 0,
    attempted: false,
  });
  if (params.subscription === undefined) {
    const customer = customerOf(shadow, params.customer ?? '');
    const wanted: Wanted = {
      customer: customer.id,
      items: changesOf(shadow, details.items ?? []).flatMap(({ price, quantity }) => (price ? [{ price, quantity: quantity ?? 1 }] : [])),
      discounts: discountsOf(shadow, params.discounts, customer.id),
      ...(typeof details.trial_end === 'number' && { trial_end: details.trial_end }),
    };
    return asDraft(newSubscription(shadow, wanted, timeOf(shadow.state, customer.id)).invoice);
  }
  const subscription = subscriptionOfId(shadow, params.subscription, 'subscription');
  const at = timeOf(shadow.state, refId(subscription.customer));
  if (typeof details.trial_end === 'number')
    throw new StripeProblem('This emulator previews the end of a trial now, or none.', { param: 'trial_end' });
  redeem(shadow, subscription, discountsOf(shadow, params.discounts, refId(subscription.customer)), at);
  if (details.items) {
    const invoice = changeItems(
      shadow,
      subscription,
      changesOf(shadow, details.items),
      { proration_behavior: details.proration_behavior ?? 'create_prorations', proration_date: details.proration_date ?? at },
      at,
    );
    if (invoice) return asDraft(invoice);
  }
  if (details.trial_end === 'now') {
    endTrial(shadow, subscription, at);
    return asDraft(invoiceOf(shadow, refId(subscription.latest_invoice)));
  }
  if (details.cancel_at_period_end ?? subscription.cancel_at_period_end)
    throw new StripeProblem('No upcoming invoices for customer', { code: 'invoice_upcoming_none' });
  const schedule = shadow.state.subscription_schedule[refId(subscription.schedule)];
  const end = subscription.items.data[0]?.current_period_end ?? at;
  const phase = schedule?.phases.find(({ start_date }) => start_date === end);
  const next = phase?.items[0] && shadow.state.price[refId(phase.items[0].price)];
  for (const item of subscription.items.data) {
    if (next) item.price = next;
    item.current_period_start = end;
    item.current_period_end = periodEnd(subscription.billing_cycle_anchor, recurrenceOf(item.price), end);
  }
  const lines = [...takeWaiting(shadow, subscription), ...periodLines(shadow, subscription)];
  return asDraft(draftInvoice(shadow, subscription, lines, 'subscription_cycle', end));
}

export function defineInvoices(define: Define, world: World): void {
  const { state } = world;
  const resettle = (invoice: Invoice) => {
    const subscription = subscriptionOf(world, invoice);
    if (subscription) settle(world, subscription, invoice);
  };
  define(
    'get',
    '/v1/invoices',
    z.strictObject({
      customer: text.optional(),
      subscription: text.optional(),
      status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).optional(),
      ...page,
    }),
    (params) =>
      paged(
        Object.values(state.invoice).filter(
          (invoice) =>
            (params.customer === undefined || refId(invoice.customer) === params.customer) &&
            (params.subscription === undefined || subscriptionOf(world, invoice)?.id === params.subscription) &&
            (params.status === undefined || invoice.status === params.status),
        ),
        params,
        '/v1/invoices',
      ),
  );
  define('post', '/v1/invoices/create_preview', preview, (params) => previewOf(world, params));
  define('get', '/v1/invoices/:id', z.strictObject(expand), (_, part) => invoiceOf(world, part('id')));
  define('post', '/v1/invoices/:id/pay', z.strictObject({ payment_method: text.optional(), ...expand }), ({ payment_method }, part) => {
    const invoice = invoiceOf(world, part('id'));
    const outcome = pay(world, invoice, payment_method === undefined ? {} : { method: findCard(world, payment_method) });
    if (outcome.says !== 'paid') throw paymentProblem(outcome, 'invoice_payment_intent_requires_action').afterAttempt();
    return invoice;
  });
  define('post', '/v1/invoices/:id/finalize', z.strictObject({ ...expand }), (_, part) => {
    const invoice = invoiceOf(world, part('id'));
    if (invoice.status !== 'draft')
      throw new StripeProblem("This invoice is already finalized, you can't re-finalize it.", { code: 'invoice_not_editable' });
    const at = timeOf(state, refId(invoice.customer));
    finalize(world, invoice, at);
    if (invoice.auto_advance) invoice.next_payment_attempt = at + hour;
    return invoice;
  });
  define('post', '/v1/invoices/:id/void', z.strictObject(expand), (_, part) => {
    const invoice = invoiceOf(world, part('id'));
    if (invoice.status !== 'open') throw new StripeProblem(`You can only pass in open invoices. This invoice isn't open.`);
    voidInvoice(world, invoice, timeOf(state, refId(invoice.customer)));
    resettle(invoice);
    return invoice;
  });
  define('post', '/v1/invoices/:id/mark_uncollectible', z.strictObject(expand), (_, part) => {
    const invoice = invoiceOf(world, part('id'));
    if (invoice.status !== 'open') throw new StripeProblem(`You can only pass in open invoices. This invoice isn't open.`);
    change(world, invoice, 'invoice.marked_uncollectible', (lost) => {
      lost.status = 'uncollectible';
      lost.status_transitions.marked_uncollectible_at = timeOf(state, refId(invoice.customer));
      lost.next_payment_attempt = null;
    });
    resettle(invoice);
    return invoice;
  });
  define('get', '/v1/invoice_payments', z.strictObject({ invoice: text.optional(), ...page }), (params) =>
    paged(
      Object.values(state.invoice_payment).filter(({ invoice }) => params.invoice === undefined || refId(invoice) === params.invoice),
      params,
      '/v1/invoice_payments',
    ),
  );
  define('get', '/v1/payment_intents/:id', z.strictObject(expand), (_, part) => {
    const intent = state.payment_intent[part('id')];
    if (!intent) throw missing('payment_intent', part('id'));
    return intent;
  });
}
