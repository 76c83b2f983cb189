import type Stripe from 'stripe';
import { z } from 'zod';
import type { Query } from '@/lib/infra/job';
import { describeError, logger } from '@/lib/infra/logger';
import { decide } from './events';
import { chooseSubscription, convertedAt, describeSubscription, idOf, isLive, type SubscriptionFacts } from './stripe-state';

const begun = z.object({
  place: z.number(),
  applied: z.number(),
  customer: z.string().nullable(),
  subscription: z.string().nullable(),
  name: z.string(),
  email: z.string().nullable(),
  events: z.array(z.string()),
});
type Begun = z.infer<typeof begun>;

/** The clinic's customer at Stripe, made where there is none or it was deleted. */
async function customerOf(stripe: Stripe, query: Query, tenantId: string, { customer, name, email }: Begun): Promise<string> {
  if (customer) {
    const found = await stripe.customers.retrieve(customer);
    if (!found.deleted) return customer;
    await query('select private.raise_billing_alert($1, $2, $3)', [tenantId, 'customer_deleted', customer]);
  }
  const made = await stripe.customers.create(
    { metadata: { tenant_id: tenantId } },
    // A crash before the id is noted finds the same customer again, whatever the clinic is called by then.
    { idempotencyKey: `customer-${tenantId}-${customer ?? 'first'}` },
  );
  await stripe.customers.update(made.id, { name, ...(email && { email }) });
  await query('select private.set_stripe_customer($1, $2)', [tenantId, made.id]);
  return made.id;
}

async function factsOf(stripe: Stripe, customer: string, known: string | null) {
  const [subscriptions, open] = await Promise.all([
    stripe.subscriptions.list({ customer, status: 'all', limit: 100, expand: ['data.schedule'] }),
    stripe.invoices.list({ customer, status: 'open', limit: 100 }),
  ]);
  const { chosen, others } = chooseSubscription(subscriptions.data, known);
  const subscription: SubscriptionFacts | null = chosen && describeSubscription(chosen, open.data);
  return { chosen, facts: { converted_at: convertedAt(subscriptions.data), subscription }, others };
}

/** While a clinic is on hold it cannot work, and pays for no further period: what Stripe would bill is void. A pause by hand stays. */
async function bridleCollection(stripe: Stripe, query: Query, tenantId: string, subscription: Stripe.Subscription | null): Promise<void> {
  if (!subscription || !isLive(subscription)) return;
  const { rows } = await query('select exists (select 1 from public.tenant_holds where tenant_id = $1 and lifted_at is null) as held', [
    tenantId,
  ]);
  const held = rows[0]?.held === true;
  const ours = subscription.metadata.paused_for === 'hold';
  if (held && subscription.pause_collection === null)
    await stripe.subscriptions.update(subscription.id, { pause_collection: { behavior: 'void' }, metadata: { paused_for: 'hold' } });
  if (!held && ours) await stripe.subscriptions.update(subscription.id, { pause_collection: '', metadata: { paused_for: '' } });
}

const sqlState = (error: unknown) => (error as { code?: unknown }).code;

/** What went wrong, in words that quote nobody's data. */
const problemOf = (error: unknown) => (error instanceof Error ? `${error.name}: ${String(sqlState(error) ?? 'failed')}` : 'failed');

/** How often Stripe is asked anew when another answer was applied in the meantime. */
const attempts = 5;

type SyncOptions = { final?: boolean; now?: Date };

/**
 * Fetches all that Stripe says of a clinic and applies it, with the events that wait for it. Doing it again, at the same time, or out of
 * order ends in the same state: an answer counts only where no other was applied since it was asked for.
 * @param final whether a failure is the last: the events then wait for somebody to look
 * @param now the clock by which trials and reminders run
 * @returns the fields that changed; null when the clinic is gone
 * @throws what Stripe or the database threw; nothing is changed then. A price that is not in the catalogue also raises an alert
 */
export async function syncBilling(stripe: Stripe, query: Query, tenantId: string, options: SyncOptions = {}): Promise<string[] | null> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const { rows } = await query('select private.begin_billing_sync($1) as begun', [tenantId]);
    if (rows[0]?.begun === null) return null;
    const changed = await askAndApply(stripe, query, tenantId, begun.parse(rows[0]?.begun), options);
    if (changed) return changed;
  }
  throw new Error('other answers of Stripe were applied all the time');
}

/** One asking; null when another answer was applied in the meantime. */
async function askAndApply(stripe: Stripe, query: Query, tenantId: string, beginning: Begun, { final = false, now }: SyncOptions) {
  try {
    const customer = await customerOf(stripe, query, tenantId, beginning);
    const { chosen, facts, others } = await factsOf(stripe, customer, beginning.subscription);
    for (const { id } of others) await query('select private.raise_billing_alert($1, $2, $3)', [tenantId, 'second_subscription', id]);
    const applied = await query('select private.apply_billing($1, $2, $3, $4, $5, coalesce($6, now())) as changed', [
      tenantId,
      beginning.place,
      beginning.applied,
      JSON.stringify(facts),
      beginning.events,
      now?.toISOString() ?? null,
    ]);
    const changed = z.array(z.string()).nullable().parse(applied.rows[0]?.changed);
    if (changed) await bridleCollection(stripe, query, tenantId, chosen);
    return changed;
  } catch (error) {
    if (sqlState(error) === 'YB001') {
      const price = String((error as { detail?: unknown }).detail);
      await query('select private.raise_billing_alert($1, $2, $3)', [tenantId, 'unknown_price', price]);
    }
    await query('select private.fail_stripe_events($1, $2, $3)', [beginning.events, problemOf(error), final]);
    throw error;
  }
}

const waiting = z.object({ type: z.string(), object_id: z.string() });

/** Finds whose charge an event is about, and hands it on; nothing when it was handed on before. */
export async function lookUpStripeEvent(stripe: Stripe, query: Query, event: string, final: boolean): Promise<void> {
  const { rows } = await query(`select type, object_id from private.stripe_events where id = $1 and state = 'pending'`, [event]);
  if (!rows[0]) return;
  const { type, object_id } = waiting.parse(rows[0]);
  const decision = decide(type);
  try {
    const { charge } = await stripe.disputes.retrieve(object_id, { expand: ['charge'] });
    const customer = typeof charge === 'string' ? null : idOf(charge.customer);
    await query('select private.place_stripe_event($1, $2, $3)', [
      event,
      customer,
      decision.handling === 'look_up' ? decision.alert : null,
    ]);
  } catch (error) {
    await query('select private.fail_stripe_events($1, $2, $3)', [[event], problemOf(error), final]);
    throw error;
  }
}

/**
 * Compares every clinic that pays, here or at Stripe, with what Stripe says; repairs what differs and reports it. With every webhook lost
 * this alone brings the state right.
 */
export async function reconcileBilling(stripe: Stripe, query: Query): Promise<void> {
  await query('select private.bury_lost_stripe_events()', []);
  const customers = new Set<string>();
  for await (const { customer } of stripe.subscriptions.list({ limit: 100 })) customers.add(idOf(customer) ?? '');
  const { rows } = await query('select tenant_id from private.reconciled_tenants($1) as tenant_id', [[...customers]]);
  for (const { tenant_id } of z.array(z.object({ tenant_id: z.uuid() })).parse(rows)) {
    try {
      // What a waiting event would have told is no drift.
      const { rows: found } = await query('select private.awaits_stripe($1) as awaits', [tenant_id]);
      const changed = await syncBilling(stripe, query, tenant_id);
      if (changed && changed.length > 0 && found[0]?.awaits === false)
        await query('select private.raise_billing_alert($1, $2, $3, $4)', [
          tenant_id,
          'drift',
          new Date().toISOString(),
          changed.join(', '),
        ]);
    } catch (error) {
      // The others go on; this one is compared again in an hour.
      logger.error({ tenant: tenant_id, ...describeError(error) }, 'a clinic was not compared with Stripe');
    }
  }
}

/** Lets the clock decide about every clinic whose time may have come: what a trial and a payment that is owed lead to, and reminders. */
export async function settleBilling(query: Query, now?: Date): Promise<void> {
  const at = now?.toISOString() ?? null;
  const { rows } = await query('select tenant_id from private.clinics_to_settle(coalesce($1, now())) as tenant_id', [at]);
  for (const { tenant_id } of rows) {
    try {
      await query('select private.settle_billing($1, coalesce($2, now()))', [tenant_id, at]);
    } catch (error) {
      // The others do not wait for this one.
      logger.error({ tenant: tenant_id, ...describeError(error) }, 'the plan of a clinic was not settled');
    }
  }
}
