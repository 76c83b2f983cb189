import type pg from 'pg';
import { type BillingState, billingState, type Interval, type Offer } from '@/lib/billing/schema';
import { syncBilling } from '@/lib/billing/sync';
import { syncCatalogue } from '@/scripts/stripe-sync';
import { as } from './database';
import type { Emulated } from './stripe-emulator';
import type { Person } from './world';

/** A clinic of a test's own whose customer at an emulator has a clock. */
export type BilledClinic = { id: string; owner: Person; customer: string; begun: Date };

/** Makes the emulator sell the catalogue, for the length of the open transaction. */
export const sellCatalogue = (sql: pg.Client, { stripe }: Emulated) => syncCatalogue(sql, stripe);

/** Has a clinic's trial begin at a time, and gives it a customer at the emulator whose clock stands there. */
export async function giveClock(
  sql: pg.Client,
  { stripe }: Emulated,
  id: string,
  owner: Person,
  begun: Date,
): Promise<BilledClinic & { clock: string }> {
  await sql.query(`update public.tenant_subscriptions set trial_ends_at = $2::timestamptz + interval '336 hours' where tenant_id = $1`, [
    id,
    begun,
  ]);
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: Math.floor(begun.getTime() / 1000) });
  const customer = await stripe.customers.create({ name: 'A clinic', test_clock: clock.id });
  await sql.query('select private.set_stripe_customer($1, $2)', [id, customer.id]);
  return { id, owner, customer: customer.id, begun, clock: clock.id };
}

/** What the page about the plan knows, as the owner. */
export const stateOf = (sql: pg.Client, owner: Person): Promise<BillingState> =>
  as(sql, owner, async () => billingState.parse((await sql.query('select public.billing_state() as state')).rows[0].state));

/** The newest price of a plan. */
export async function offerOf(sql: pg.Client, plan: string, interval: Interval = 'month'): Promise<Offer> {
  const { rows } = await sql.query(
    `select p.key as plan, p.position, x.interval, x.amount_minor as amount, x.stripe_price_id as price
     from public.plans p join public.plan_prices x on x.plan_id = p.id
     where p.key = $1 and x.interval = $2 order by p.version desc limit 1`,
    [plan, interval],
  );
  return rows[0];
}

/** Applies what Stripe says, as the worker does, by a clock of the test's. */
export const sync = (sql: pg.Client, { stripe }: Emulated, tenantId: string, now?: Date) =>
  syncBilling(stripe, (text, values) => sql.query(text, values), tenantId, now ? { now } : {});

/** Buys what a payment page offers, as a person with a card. */
export async function pay(page: string, number = '4242424242424242', fields: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams({ number, expiry: '12 / 40', cvc: '123', name: 'A Clinic', ...fields });
  return fetch(page, { method: 'POST', body, redirect: 'manual' });
}

/** The plan, status and open holds of a clinic, as the database keeps them. */
export async function standing(sql: pg.Client, tenantId: string) {
  const { rows } = await sql.query(
    `select s.status, p.key as plan, array(
       select h.kind from public.tenant_holds h where h.tenant_id = s.tenant_id and h.lifted_at is null order by 1) as holds
     from public.tenant_subscriptions s join public.plans p on p.id = s.plan_id where s.tenant_id = $1`,
    [tenantId],
  );
  return rows[0] as { status: string; plan: string; holds: string[] };
}

/** The notices that were queued for a clinic, the oldest first. */
export async function noticesOf(sql: pg.Client, tenantId: string): Promise<string[]> {
  const { rows } = await sql.query(
    `select j.payload ->> 'notice' as notice from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
     where t.identifier = 'send_billing_notice' and j.payload ->> 'tenantId' = $1 order by j.id`,
    [tenantId],
  );
  return rows.map(({ notice }) => notice);
}
