import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginCheckout, cancelAtEnd, changeNow, payOpenInvoice } from '@/lib/billing/stripe-commands';
import { settleBilling } from '@/lib/billing/sync';
import { type BilledClinic, giveClock, noticesOf, offerOf, pay, sellCatalogue, standing, stateOf, sync } from '../support/billing';
import { connect, rolledBack } from '../support/database';
import { stack } from '../support/env';
import { type Emulated, startEmulator } from '../support/stripe-emulator';
import { bind, createClinic, createPerson } from '../support/world';

let sql: pg.Client;
let emulated: Emulated;
beforeAll(async () => {
  sql = await connect();
  emulated = await startEmulator();
});
afterAll(async () => {
  await sql.end();
  await emulated.close();
});

const day = 86_400_000;
const columns = ['day', 'what happens', 'status', 'plan', 'on hold', 'patients', 'roles of its own', 'mails', 'log'] as const;
type Row = Record<(typeof columns)[number], string>;

const written = (rows: Row[]) =>
  [columns, columns.map(() => '---'), ...rows.map((row) => columns.map((column) => row[column]))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
/** A table without the padding that a formatter adds. */
const unpadded = (text: string) => text.replace(/ *\| */g, '|').replace(/-{3,}/g, '---');

/** A clinic on a clock, and the timeline of what became of it. */
async function live(clinic: BilledClinic & { clock: string }) {
  const rows: Row[] = [];
  let told = 0;
  let logged = (await sql.query('select coalesce(max(id), 0) as id from public.audit_log where tenant_id = $1', [clinic.id])).rows[0].id;
  const moment = (at: number) => new Date(clinic.begun.getTime() + at * day);
  return {
    rows,
    now: moment,
    /** Lets time pass at Stripe, does what a person does, and then what the worker does. */
    at: async (at: number, what: string, act?: (now: Date) => Promise<unknown>) => {
      const now = moment(at);
      const frozen_time = Math.floor(now.getTime() / 1000);
      const clock = await emulated.stripe.testHelpers.testClocks.retrieve(clinic.clock);
      if (frozen_time > clock.frozen_time) await emulated.stripe.testHelpers.testClocks.advance(clinic.clock, { frozen_time });
      await act?.(now);
      await sync(sql, emulated, clinic.id, now);
      await settleBilling((text, values) => sql.query(text, values), now);
      const state = await standing(sql, clinic.id);
      const { rows: facts } = await sql.query(
        `select coalesce(private.plan_limit($1, 'patients')::text, 'unlimited') as patients, private.has_feature($1, 'custom_roles') as roles`,
        [clinic.id],
      );
      const mails = await noticesOf(sql, clinic.id);
      const { rows: log } = await sql.query(
        `select id, action || case when changed_fields && array['status', 'plan_id', 'stripe_status', 'ends_at']
           then ' (' || array_to_string(array(select f from unnest(changed_fields) as f where f in ('status', 'plan_id', 'stripe_status', 'ends_at') order by f), ', ') || ')'
           else '' end as line
         from public.audit_log where tenant_id = $1 and id > $2 order by id`,
        [clinic.id, logged],
      );
      rows.push({
        day: String(at),
        'what happens': what,
        status: state.status,
        plan: state.plan,
        'on hold': state.holds.join(', ') || 'no',
        patients: facts[0].patients,
        'roles of its own': facts[0].roles ? 'yes' : 'no',
        mails: mails.slice(told).join(', ') || 'none',
        log: [...new Set(log.map(({ line }) => line))].join(', ') || 'nothing',
      });
      told = mails.length;
      logged = log.at(-1)?.id ?? logged;
      return state;
    },
  };
}

test('a year of a clinic: trial, grace, conversion, upgrade, failed payments, suspension, payment, cancellation', () =>
  rolledBack(sql, async () => {
    const { stripe } = emulated;
    await sellCatalogue(sql, emulated);
    const owner = await createPerson(stack, 'owner@year.test');
    const id = await createClinic(sql, 'year-of-billing', 'Year Clinic', owner);
    await bind(sql, id, owner);
    const clinic = await giveClock(sql, emulated, id, owner, new Date('2027-01-04T09:00:00Z'));
    const { rows, at } = await live(clinic);
    const state = () => stateOf(sql, owner);
    /** From now on the clinic's payments are refused, or go through again. */
    const chargeTo = async (card: string) => {
      const { id: method } = await stripe.paymentMethods.attach(card, { customer: clinic.customer });
      await stripe.subscriptions.update((await state()).subscription ?? '', { default_payment_method: method });
    };

    await at(0, 'signs up');
    await at(6, 'works');
    await at(7, 'a week is left');
    await at(11, 'three days are left');
    await at(13, 'a day is left');
    await at(14, 'the trial ends, no plan is chosen');
    await at(18, 'grace');
    await at(20, 'grace');
    expect((await at(21, 'the grace ends')).holds).toEqual(['trial_expired']);

    await at(22, 'the owner buys Starter by the month', async (now) => {
      const page = await beginCheckout(stripe, await state(), await offerOf(sql, 'starter'), 'http://year.localhost', now);
      expect((await pay(page)).status).toBe(303);
    });
    expect(rows.at(-1)).toMatchObject({ status: 'active', plan: 'starter', 'on hold': 'no' });

    await at(37, 'changes to Professional at once', async (now) => {
      const before = await state();
      const seconds = Math.floor(now.getTime() / 1000);
      expect(await changeNow(stripe, before, await offerOf(sql, 'professional'), seconds, now)).toEqual({ done: true });
      // Pressed twice, it is done once.
      expect(await changeNow(stripe, before, await offerOf(sql, 'professional'), seconds, now)).toEqual({ done: true });
      const { data } = await stripe.invoices.list({ customer: clinic.customer });
      const start = Date.parse(before.period_start ?? '') / 1000;
      const end = Date.parse(before.period_end ?? '') / 1000;
      const left = (end - seconds) / (end - start);
      expect(data).toHaveLength(2);
      expect(Math.abs((data[0]?.amount_paid ?? 0) - (9900 - 4900) * left)).toBeLessThanOrEqual(1);
    });

    // The periods begin on day 22 and last a calendar month; three days past it the renewal has been tried.
    const renewed = async (months: number) => {
      const { period_end } = await state();
      return Math.ceil((Date.parse(period_end ?? '') - clinic.begun.getTime()) / day + (months - 1) * 30.5) + 0.5;
    };
    const first = await renewed(1);
    await chargeTo('pm_card_chargeCustomerFail');
    const failed = Math.floor(first);
    await at(first, 'the renewal is refused');
    const since = Date.parse((await state()).past_due_since ?? '');
    const owed = (since - clinic.begun.getTime()) / day;
    expect(owed).toBeGreaterThan(failed - 2);
    await at(owed + 3, 'owed for three days');
    await at(owed + 7, 'owed for seven days');
    await at(owed + 12, 'owed for twelve days');
    await at(owed + 13, 'pays with another card', async () => {
      await chargeTo('pm_card_visa');
      expect(await payOpenInvoice(stripe, await state())).toEqual({ done: true });
    });
    expect(rows.at(-1)).toMatchObject({ status: 'active', plan: 'professional', 'on hold': 'no', mails: 'payment_recovered' });

    await chargeTo('pm_card_chargeCustomerFail');
    const second = await renewed(1);
    await at(second, 'the next renewal is refused');
    const again = (Date.parse((await state()).past_due_since ?? '') - clinic.begun.getTime()) / day;
    await at(again + 13.9, 'owed for nearly fourteen days');
    expect(rows.at(-1)).toMatchObject({ status: 'past_due', 'on hold': 'no' });
    expect((await at(again + 14, 'owed for fourteen days')).holds).toEqual(['unpaid']);
    await at(again + 16, 'the owner pays', async () => {
      await chargeTo('pm_card_visa');
      expect(await payOpenInvoice(stripe, await state())).toEqual({ done: true });
    });
    expect(rows.at(-1)).toMatchObject({ status: 'active', plan: 'professional', 'on hold': 'no' });

    await at(again + 18, 'cancels, as of the end of the period', async () => {
      await cancelAtEnd(stripe, await state(), { reason: 'unused', comment: 'closing the branch' });
    });
    expect((await state()).ends_at).toBe((await state()).period_end);
    expect(rows.at(-1)).toMatchObject({ status: 'active', plan: 'professional' });
    await at(await renewed(1), 'the period ends');
    expect(rows.at(-1)).toMatchObject({ status: 'active', plan: 'free', 'on hold': 'no' });
    await at(365, 'a year is over');

    const paid = (await stripe.invoices.list({ customer: clinic.customer, limit: 100 })).data;
    expect(paid.every(({ status }) => status === 'paid')).toBe(true);
    const days = rows.map((row) => ({ ...row, day: String(Math.floor(Number(row.day))) }));
    const documented = readFileSync('docs/billing.md', 'utf8');
    expect(unpadded(documented), `docs/billing.md does not hold this timeline:\n${written(days)}`).toContain(unpadded(written(days)));
  }));
