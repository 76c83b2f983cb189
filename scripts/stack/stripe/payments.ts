import { day } from './calendar';
import { bankOf } from './cards';
import { customerOf } from './customers';
import { subscriptionOf } from './invoicing';
import { bankOffline } from './payment-methods';
import { declined, StripeProblem } from './problem';
import { type Charge, type Invoice, type InvoicePayment, idOf, type PaymentIntent, type PaymentMethod, refId } from './state';
import { change, emit, type World } from './world';

/** How an attempt to collect an invoice ended. */
export type Outcome = { says: 'paid' } | { says: 'no'; decline: string } | { says: 'ask' } | { says: 'no_method' };

/** When a failed payment is tried again by itself, after the first and each later failure; then no more. */
const retries = [3 * day, 5 * day, 7 * day];

/** The card that pays an invoice: of the subscription, or the customer's. */
export function methodFor(world: World, invoice: Invoice): PaymentMethod | undefined {
  const subscription = subscriptionOf(world, invoice);
  const id =
    refId(subscription?.default_payment_method) ||
    refId(customerOf(world, refId(invoice.customer)).invoice_settings.default_payment_method);
  return world.state.payment_method[id];
}

/** The payment of an invoice, made at its first attempt. */
export function paymentOf(world: World, invoice: Invoice): { intent: PaymentIntent; payment: InvoicePayment } {
  const { state } = world;
  const known = Object.values(state.invoice_payment).find((payment) => refId(payment.invoice) === invoice.id);
  const knownIntent = state.payment_intent[refId(known?.payment.payment_intent)];
  if (known && knownIntent) return { intent: knownIntent, payment: known };
  const id = idOf('payment_intent');
  const created = invoice.effective_at ?? invoice.created;
  const intent: PaymentIntent = {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: invoice.amount_due,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `${id}_secret_${idOf('payment_intent').slice(3)}`,
    confirmation_method: 'automatic',
    created,
    currency: invoice.currency,
    customer: refId(invoice.customer),
    customer_account: null,
    description: 'Subscription',
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: 'off_session',
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_group: null,
  };
  const payment: InvoicePayment = {
    id: idOf('invoice_payment'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  };
  state.payment_intent[id] = intent;
  state.invoice_payment[payment.id] = payment;
  return { intent, payment };
}

function chargeOf(world: World, intent: PaymentIntent, method: PaymentMethod, failure: string | null, at: number): Charge {
  const charge: Charge = {
    id: idOf('charge'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: failure === null ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: null,
    captured: failure === null,
    created: at,
    currency: intent.currency,
    customer: refId(intent.customer),
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: failure === null ? null : 'card_declined',
    failure_message: failure === null ? null : declined(failure).message,
    fraud_details: null,
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: null,
    paid: failure === null,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: null,
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: failure === null ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: null,
  };
  world.state.charge[charge.id] = charge;
  emit(world, failure === null ? 'charge.succeeded' : 'charge.failed', charge);
  return charge;
}

/** Notes that nothing is owed any more. */
export function markPaid(world: World, invoice: Invoice, at: number): void {
  const paid = (altered: Invoice) => {
    altered.status = 'paid';
    altered.amount_paid = altered.amount_due;
    altered.amount_remaining = 0;
    altered.attempted = true;
    altered.next_payment_attempt = null;
    altered.status_transitions.paid_at = at;
  };
  change(world, invoice, 'invoice.paid', paid);
  emit(world, 'invoice.payment_succeeded', invoice);
}

/** Whether the bank would let an amount pass while nobody is there to confirm. */
export function outcomeOf(world: World, amount: number, method: PaymentMethod | undefined, present: boolean): Outcome {
  if (amount === 0) return { says: 'paid' };
  if (!method) return { says: 'no_method' };
  const bank = present ? bankOf(method) : bankOffline(world, method);
  if (bank.says === 'no') return { says: 'no', decline: bank.decline };
  return bank.says === 'ask' && !present ? { says: 'ask' } : { says: 'paid' };
}

/**
 * Tries to collect an open invoice.
 * @param present whether the person is there and has confirmed what the bank asks
 * @param automatic whether it is tried again by itself: only that, after the first attempt, is counted and moves the next one
 */
export function collect(
  world: World,
  invoice: Invoice,
  at: number,
  { method = methodFor(world, invoice), present = false, automatic = false } = {},
): Outcome {
  const outcome = outcomeOf(world, invoice.amount_due, method, present);
  if (invoice.amount_due === 0) {
    markPaid(world, invoice, at);
    return outcome;
  }
  const { intent, payment } = paymentOf(world, invoice);
  if (outcome.says === 'paid' && method) {
    const charge = chargeOf(world, intent, method, null, at);
    change(world, intent, 'payment_intent.succeeded', (done) => {
      done.status = 'succeeded';
      done.amount_received = done.amount;
      done.payment_method = method.id;
      done.latest_charge = charge.id;
      done.last_payment_error = null;
      done.next_action = null;
    });
    change(world, payment, 'invoice_payment.paid', (done) => {
      done.status = 'paid';
      done.amount_paid = done.amount_requested;
      done.status_transitions.paid_at = at;
    });
    invoice.attempt_count += 1;
    markPaid(world, invoice, at);
    return outcome;
  }
  if (outcome.says === 'ask' && method) {
    change(world, intent, 'payment_intent.requires_action', (waiting) => {
      waiting.status = 'requires_action';
      waiting.payment_method = method.id;
      waiting.next_action = { type: 'redirect_to_url', redirect_to_url: { url: invoice.hosted_invoice_url ?? null, return_url: null } };
    });
    emit(world, 'invoice.payment_action_required', invoice);
  }
  if (outcome.says === 'no' && method) {
    const charge = chargeOf(world, intent, method, outcome.decline, at);
    change(world, intent, 'payment_intent.payment_failed', (failed) => {
      failed.status = 'requires_payment_method';
      failed.latest_charge = charge.id;
      failed.last_payment_error = {
        type: 'card_error',
        code: 'card_declined',
        decline_code: outcome.decline,
        message: declined(outcome.decline).message,
      };
    });
  }
  const note = (failed: Invoice) => {
    if (failed.attempted && !automatic) return;
    failed.attempted = true;
    failed.attempt_count += 1;
    const givenUp = failed.billing_reason === 'subscription_create' || Object.values(world.state.awaited).includes(failed.id);
    const pause = givenUp ? undefined : retries[failed.attempt_count - 1];
    failed.next_payment_attempt = pause === undefined ? null : at + pause;
  };
  note(invoice);
  emit(world, 'invoice.payment_failed', invoice);
  return outcome;
}

/** What the API answers where a payment was asked for and did not succeed. */
export function paymentProblem(outcome: Exclude<Outcome, { says: 'paid' }>, code: string): StripeProblem {
  if (outcome.says === 'no') return declined(outcome.decline);
  if (outcome.says === 'ask')
    return new StripeProblem('Payment for this subscription requires additional user action before it can be completed successfully.', {
      type: 'card_error',
      status: 402,
      code,
    });
  return new StripeProblem('This customer has no attached payment source or default payment method.', { code: 'resource_missing' });
}
