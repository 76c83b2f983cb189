import { z } from 'zod';
import type { Define } from './api';
import { expand, integer, merged, metadata, page, text } from './parameters';
import { missing, StripeProblem } from './problem';
import { type Charge, type Dispute, idOf, type Refund, refId, timeOf } from './state';
import { change, emit, paged, type World } from './world';

/** Money that goes back: refunds, which are ours to give, and disputes, which a bank opens. */
export function defineMoneyBack(define: Define, world: World): void {
  const { charge, payment_intent, refund, dispute } = world.state;
  define('get', '/v1/charges/:id', z.strictObject(expand), (_, part) => {
    const object = charge[part('id')];
    if (!object) throw missing('charge', part('id'));
    return object;
  });
  define(
    'post',
    '/v1/refunds',
    z.strictObject({
      charge: text.optional(),
      payment_intent: text.optional(),
      amount: integer.pipe(z.number().positive()).optional(),
      reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
      metadata: metadata.optional(),
      ...expand,
    }),
    (params) => {
      const id = params.charge ?? refId(payment_intent[params.payment_intent ?? '']?.latest_charge);
      const charged = charge[id];
      if (!charged) throw missing('charge', id, 'charge');
      const left = charged.amount_captured - charged.amount_refunded;
      const amount = params.amount ?? left;
      if (left === 0) throw new StripeProblem(`Charge ${id} has already been refunded.`, { code: 'charge_already_refunded' });
      if (amount > left) throw new StripeProblem(`Refund amount is greater than unrefunded amount on charge.`, { param: 'amount' });
      const object: Refund = {
        id: idOf('refund'),
        object: 'refund',
        amount,
        balance_transaction: null,
        charge: id,
        created: timeOf(world.state, refId(charged.customer)),
        currency: charged.currency,
        customer: refId(charged.customer),
        customer_account: null,
        metadata: merged(null, params.metadata),
        payment_intent: refId(charged.payment_intent),
        payment_method: charged.payment_method,
        reason: params.reason ?? null,
        receipt_number: null,
        source_transfer_reversal: null,
        status: 'succeeded',
        transfer_reversal: null,
      };
      refund[object.id] = object;
      emit(world, 'refund.created', object);
      change(world, charged, 'charge.refunded', (altered) => {
        altered.amount_refunded += amount;
        altered.refunded = altered.amount_refunded === altered.amount_captured;
      });
      return object;
    },
  );
  define('get', '/v1/refunds', z.strictObject({ charge: text.optional(), ...page }), (params) =>
    paged(
      Object.values(refund).filter((one) => params.charge === undefined || refId(one.charge) === params.charge),
      params,
      '/v1/refunds',
    ),
  );
  define('get', '/v1/refunds/:id', z.strictObject(expand), (_, part) => {
    const object = refund[part('id')];
    if (!object) throw missing('refund', part('id'));
    return object;
  });
  define('get', '/v1/disputes', z.strictObject({ charge: text.optional(), ...page }), (params) =>
    paged(
      Object.values(dispute).filter((one) => params.charge === undefined || refId(one.charge) === params.charge),
      params,
      '/v1/disputes',
    ),
  );
  define('get', '/v1/disputes/:id', z.strictObject(expand), (_, part) => {
    const object = dispute[part('id')];
    if (!object) throw missing('dispute', part('id'));
    return object;
  });
}

/** What a bank does when the holder of a card says that they never paid. */
export function openDispute(world: World, charged: Charge): Dispute {
  const object: Dispute = {
    id: idOf('dispute'),
    object: 'dispute',
    amount: charged.amount,
    balance_transactions: [],
    charge: charged.id,
    created: timeOf(world.state, refId(charged.customer)),
    currency: charged.currency,
    enhanced_eligibility_types: [],
    evidence: emptyEvidence,
    evidence_details: {
      due_by: null,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'manual',
    },
    intended_submission_method: 'manual',
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: refId(charged.payment_intent),
    reason: 'fraudulent',
    status: 'needs_response',
  };
  world.state.dispute[object.id] = object;
  charged.disputed = true;
  emit(world, 'charge.dispute.created', object);
  return object;
}

/** How a bank decides a dispute. */
export function closeDispute(world: World, disputed: Dispute, status: 'won' | 'lost'): void {
  change(world, disputed, 'charge.dispute.closed', (altered) => {
    altered.status = status;
  });
}

const emptyEvidence: Dispute['evidence'] = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};
