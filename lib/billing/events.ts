import type Stripe from 'stripe';

/** Every type of event about what clinics pay. */
type BillingEvent = Extract<
  Stripe.Event['type'],
  | `customer.${string}`
  | `invoice.${string}`
  | `payment_method.${string}`
  | `charge.dispute.${string}`
  | `charge.refund${string}`
  | `refund.${string}`
  | `subscription_schedule.${string}`
  | `checkout.session.${string}`
>;

/**
 * What an event leads to: `sync` fetches all that Stripe says of its customer and applies it; `look_up` first finds the customer, by the
 * charge, and raises an alert for the platform; the rest changes nothing that we keep.
 */
export type Decision = { handling: 'sync' } | { handling: 'look_up'; alert: 'dispute' } | { handling: 'ignore'; because: string };

const sync: Decision = { handling: 'sync' };
const dispute: Decision = { handling: 'look_up', alert: 'dispute' };
const ignore = (because: string): Decision => ({ handling: 'ignore', because });
const draft = ignore('What is still to be collected decides nothing; its payment does.');
const cards = ignore('Cards, addresses and tax ids are read at Stripe when they are shown.');
const refund = ignore('Money that we gave back leaves the plan as it is; the list of invoices reads it at Stripe.');
const unused = ignore('We offer no such way to pay.');

/** The decision for every type. A type that Stripe adds does not compile until it has one. */
export const decisions: Record<BillingEvent, Decision> = {
  'checkout.session.async_payment_failed': unused,
  'checkout.session.async_payment_succeeded': unused,
  'checkout.session.completed': sync,
  'checkout.session.expired': ignore('Nothing was bought.'),
  'customer.created': ignore('We made it ourselves.'),
  'customer.deleted': sync,
  'customer.discount.created': ignore('What a period costs is asked for when it is shown.'),
  'customer.discount.deleted': ignore('What a period costs is asked for when it is shown.'),
  'customer.discount.updated': ignore('What a period costs is asked for when it is shown.'),
  'customer.source.created': unused,
  'customer.source.deleted': unused,
  'customer.source.expiring': unused,
  'customer.source.updated': unused,
  'customer.subscription.created': sync,
  'customer.subscription.deleted': sync,
  'customer.subscription.paused': sync,
  'customer.subscription.pending_update_applied': sync,
  'customer.subscription.pending_update_expired': sync,
  'customer.subscription.resumed': sync,
  'customer.subscription.trial_will_end': ignore('Our own notices say it, seven, three and one days before.'),
  'customer.subscription.updated': sync,
  'customer.tax_id.created': cards,
  'customer.tax_id.deleted': cards,
  'customer.tax_id.updated': cards,
  'customer.updated': cards,
  'invoice.created': draft,
  'invoice.deleted': draft,
  'invoice.finalization_failed': sync,
  'invoice.finalized': draft,
  'invoice.marked_uncollectible': sync,
  'invoice.overdue': sync,
  'invoice.overpaid': ignore('Stripe keeps the rest as credit for later.'),
  'invoice.paid': sync,
  'invoice.payment_action_required': sync,
  'invoice.payment_attempt_required': sync,
  'invoice.payment_failed': sync,
  'invoice.payment_succeeded': sync,
  'invoice.sent': unused,
  'invoice.upcoming': draft,
  'invoice.updated': draft,
  'invoice.voided': sync,
  'invoice.will_be_due': unused,
  'payment_method.attached': cards,
  'payment_method.automatically_updated': cards,
  'payment_method.detached': cards,
  'payment_method.updated': cards,
  'charge.dispute.closed': dispute,
  'charge.dispute.created': dispute,
  'charge.dispute.funds_reinstated': ignore('The dispute’s end says it.'),
  'charge.dispute.funds_withdrawn': ignore('The dispute’s beginning says it.'),
  'charge.dispute.updated': ignore('Evidence is handed in at Stripe.'),
  'charge.refund.updated': refund,
  'charge.refunded': refund,
  'refund.created': refund,
  'refund.failed': refund,
  'refund.updated': refund,
  'subscription_schedule.aborted': sync,
  'subscription_schedule.canceled': sync,
  'subscription_schedule.completed': sync,
  'subscription_schedule.created': sync,
  'subscription_schedule.expiring': ignore('Its subscription says what follows.'),
  'subscription_schedule.released': sync,
  'subscription_schedule.updated': sync,
};

const isBillingEvent = (type: string): type is BillingEvent => Object.hasOwn(decisions, type);

/** What an event leads to. Types of other parts of Stripe are not asked for and change nothing. */
export function decide(type: string): Decision {
  return isBillingEvent(type) ? decisions[type] : ignore('No event about what clinics pay.');
}
