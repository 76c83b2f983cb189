import { expect } from 'vitest';
import { beginCheckout } from '@/lib/billing/stripe-commands';
import { settleBilling } from '@/lib/billing/sync';
import { giveClock, offerOf, pay, sellCatalogue, stateOf, sync } from './billing';
import { connect, rolledBack } from './database';
import { stack } from './env';
import { startEmulator } from './stripe-emulator';
import { bind, createClinic, createPerson } from './world';

const begun = new Date('2027-03-01T12:00:00Z');
/** Some days after the trial of a test's clinic began. */
export const on = (days: number) => new Date(begun.getTime() + days * 86_400_000);

export type Clinic = Awaited<ReturnType<typeof giveClock>>;
export type Billing = Awaited<ReturnType<typeof openBilling>>;

/** What the tests of billing share: a connection, an emulator, and an owner for the clinics that each test makes and undoes. */
export async function openBilling(name: string) {
  const sql = await connect();
  const emulated = await startEmulator();
  const owner = await createPerson(stack, `owner@${name}.test`);
  const query = (text: string, values?: unknown[]) => sql.query(text, values);
  const state = () => stateOf(sql, owner);
  const to = (clinic: Clinic, days: number) =>
    emulated.stripe.testHelpers.testClocks.advance(clinic.clock, { frozen_time: Math.floor(on(days).getTime() / 1000) });
  return {
    sql,
    emulated,
    owner,
    query,
    state,
    /** Lets time pass at Stripe. */
    to,
    close: async () => {
      await sql.end();
      await emulated.close();
    },
    /** Runs work on a fresh clinic whose trial begins on 1 March 2027, and undoes everything here; not at the emulator. */
    withClinic: (work: (clinic: Clinic) => Promise<void>) =>
      rolledBack(sql, async () => {
        await sellCatalogue(sql, emulated);
        const id = await createClinic(sql, name, 'Rules Clinic', owner);
        await bind(sql, id, owner);
        await work(await giveClock(sql, emulated, id, owner, begun));
      }),
    /** Buys a plan on the payment page, and lets the worker hear of it. */
    subscribe: async (clinic: Clinic, days: number, plan: string, card?: string) => {
      await to(clinic, days);
      const page = await beginCheckout(emulated.stripe, await state(), await offerOf(sql, plan), 'http://rules.localhost', on(days));
      expect((await pay(page, card)).status).toBe(303);
      await sync(sql, emulated, clinic.id, on(days));
    },
    /** What the clock leads to, and what the worker then asks Stripe for. */
    settle: async (clinic: Clinic, days: number) => {
      await settleBilling(query, on(days));
      await sync(sql, emulated, clinic.id, on(days));
    },
    alerts: async (clinic: Clinic) =>
      (
        await query('select kind, about, detail from private.billing_alerts where tenant_id = $1 and resolved_at is null order by id', [
          clinic.id,
        ])
      ).rows,
    store: (id: string, type: string, customer: string | null, handling = 'sync', object = 'sub_1') =>
      query('select private.store_stripe_event($1, $2, $3, $4, now(), $5) as stored', [id, type, object, customer, handling]),
    eventOf: async (id: string) =>
      (await query('select state, attempts, last_error, tenant_id from private.stripe_events where id = $1', [id])).rows[0],
  };
}
