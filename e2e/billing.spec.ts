import pg from 'pg';
import { stripeClient } from '@/lib/infra/stripe';
import { offerOf, standing } from '../tests/support/billing';
import { stack } from '../tests/support/env';
import { cookieOf } from '../tests/support/http';
import { loadWorld } from '../tests/support/world';
import { at, expect, freshClinic, signIn, test } from './fixtures';

const stripe = stripeClient(stack.STRIPE_SECRET_KEY, stack.STRIPE_API_URL);
const sql = new pg.Client({ connectionString: stack.DATABASE_URL });
const day = 86_400;
const now = () => Math.floor(Date.now() / 1000);

test.beforeAll(async () => {
  await sql.connect();
});
test.afterAll(() => sql.end());

/** Has the worker settle a clinic by the clock, and waits for what it leads to. */
async function settled(id: string, expected: Record<string, unknown>): Promise<void> {
  await sql.query('select private.settle_billing($1)', [id]);
  await expect.poll(() => standing(sql, id), { timeout: 30_000 }).toMatchObject(expected);
}

test('a trial that ran out, a plan bought, changed, cancelled and resumed', async ({ page, accessible, expectErrors }) => {
  const willow = await freshClinic(sql, 'willow', 'Willow Clinic');
  // A card that the bank refuses is answered with 402 on the payment page.
  expectErrors(/402 \(Payment Required\)/);
  await sql.query(`update public.tenant_subscriptions set trial_ends_at = now() + interval '5 days' where tenant_id = $1`, [willow.id]);
  await signIn(page, 'willow', 'owner@willow.test');
  await expect(page.getByText('Free trial: 5 days left.')).toBeVisible();
  await page.getByRole('link', { name: 'Choose a plan' }).click();
  await expect(page.getByText(/^Your free trial goes on until/)).toBeVisible();
  await expect(page.getByText('There are no invoices yet.')).toBeVisible();
  await accessible('billing-trial');

  await sql.query(`update public.tenant_subscriptions set trial_ends_at = now() - interval '8 days' where tenant_id = $1`, [willow.id]);
  await settled(willow.id, { holds: ['trial_expired'] });
  await page.goto(at('willow'));
  await expect(page.getByText('The trial has ended. Choosing a plan opens the clinic again.')).toBeVisible();
  await page.getByRole('link', { name: 'Choose a plan, or pay' }).click();
  await expect(page.getByRole('button', { name: 'Choose Starter' })).toBeVisible();
  await accessible('billing-on-hold');
  await page.getByRole('button', { name: 'Choose Starter' }).click();
  await expect(page).toHaveURL(/\/pay\//);
  await page.getByLabel('Card number').fill('4000 0000 0000 0002');
  await page.getByRole('button', { name: 'Subscribe' }).click();
  await expect(page.getByText(/declined/)).toBeVisible();
  await page.getByLabel('Card number').fill('4242 4242 4242 4242');
  await page.getByRole('button', { name: 'Subscribe' }).click();
  await expect(page.getByText('Your plan is up to date.')).toBeVisible();
  expect(await standing(sql, willow.id)).toEqual({ status: 'active', plan: 'starter', holds: [] });
  await expect(page.getByText('Visa ending in 4242')).toBeVisible();
  await expect(page.getByRole('row', { name: /\$49.*Paid/ })).toBeVisible();
  await accessible('billing-paid');

  await page.getByRole('button', { name: 'Change to Professional' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('You pay now')).toBeVisible();
  await expect(dialog.getByText('Roles of your own')).toBeVisible();
  await accessible('billing-change');
  await dialog.getByRole('button', { name: /^Pay \$/ }).click();
  await expect(page.getByRole('heading', { name: 'Professional', level: 2, exact: true })).toBeVisible();
  expect(await standing(sql, willow.id)).toMatchObject({ plan: 'professional' });

  await page.getByRole('button', { name: 'Change to Starter' }).click();
  await expect(dialog.getByText(/^You keep Professional until/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Change to Starter' }).click();
  await expect(page.getByText(/your plan changes to Starter, \$49 a month/)).toBeVisible();
  await page.getByRole('button', { name: 'Keep Professional' }).click();
  await expect(page.getByText('Your plan goes on.')).toBeVisible();
  await expect(page.getByText(/your plan changes to Starter/)).toBeHidden();

  await page.getByRole('button', { name: 'Cancel the plan' }).click();
  await dialog.getByRole('button', { name: 'Cancel the plan' }).click();
  await expect(dialog.getByText('Choose a reason.')).toBeVisible();
  await dialog.getByLabel('Why do you leave?').selectOption('It costs too much');
  await dialog.getByLabel('What could we do better? (optional)').fill('A smaller plan');
  await accessible('billing-cancel');
  await dialog.getByRole('button', { name: 'Cancel the plan' }).click();
  await expect(page.getByText(/^Your plan is cancelled\. It goes on until/)).toBeVisible();
  await accessible('billing-cancelled');
  await page.getByRole('button', { name: 'Resume the plan' }).click();
  await expect(page.getByText('Your plan goes on.')).toBeVisible();
  await expect(page.getByText(/^Your plan is cancelled\. It goes on/)).toBeHidden();

  await page.getByRole('button', { name: 'Payment and address' }).click();
  await expect(page).toHaveURL(/\/portal\//);
  await page.getByRole('link', { name: 'Back' }).click();
  await expect(page.getByRole('heading', { name: 'Plan', level: 1 })).toBeVisible();
});

test('a payment that fails, a hold, and a payment that opens the clinic again', async ({ page, accessible }) => {
  const aspen = await freshClinic(sql, 'aspen', 'Aspen Clinic');
  // Seven weeks ago the clinic bought a plan, with a card whose bank refuses the renewal.
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: now() - 50 * day });
  const customer = await stripe.customers.create({ name: 'Aspen Clinic', test_clock: clock.id });
  await expect
    .poll(
      async () =>
        (await sql.query('select stripe_customer_id from public.tenant_subscriptions where tenant_id = $1', [aspen.id])).rows[0]
          .stripe_customer_id,
    )
    .toMatch(/^cus_/);
  await sql.query('select private.set_stripe_customer($1, $2)', [aspen.id, customer.id]);
  const { id: good } = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  const { id: bad } = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: customer.id });
  const { id } = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: (await offerOf(sql, 'starter')).price ?? '' }],
    default_payment_method: good,
  });
  await stripe.subscriptions.update(id, { default_payment_method: bad });
  await expect.poll(() => standing(sql, aspen.id), { timeout: 30_000 }).toMatchObject({ plan: 'starter', status: 'active' });
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: now() - 10 * day });
  await expect.poll(() => standing(sql, aspen.id), { timeout: 30_000 }).toEqual({ plan: 'starter', status: 'past_due', holds: ['unpaid'] });

  await signIn(page, 'aspen', 'owner@aspen.test');
  await expect(page.getByText('The clinic’s plan is not paid for. Paying opens the clinic again.')).toBeVisible();
  await accessible('on-hold-unpaid');
  await page.getByRole('link', { name: 'Choose a plan, or pay' }).click();
  await expect(page.getByText(/^A payment has been open since/)).toBeVisible();
  await accessible('billing-unpaid');
  await page.getByRole('button', { name: 'Pay now' }).click();
  await expect(page).toHaveURL(/\/invoice\//);
  await page.getByLabel('Card number').fill('4242 4242 4242 4242');
  await page.getByRole('button', { name: /^Pay/ }).click();
  await expect(page.getByText(/paid/)).toBeVisible();
  await expect.poll(() => standing(sql, aspen.id), { timeout: 30_000 }).toEqual({ plan: 'starter', status: 'active', holds: [] });
  await page.goto(at('aspen', '/patients'));
  await expect(page.getByRole('heading', { name: 'Patients' })).toBeVisible();
});

test('the platform sees what did not go by itself, and has it tried again', async ({ page, accessible }) => {
  const { clinics, people } = loadWorld();
  await sql.query(
    `insert into private.billing_alerts (tenant_id, kind, about) values ($1, 'unknown_price', 'price_of_nobody_in_particular')`,
    [clinics.birch.id],
  );
  await sql.query(
    `insert into private.stripe_events (id, type, tenant_id, created_at, state, attempts, last_error)
     values ('evt_that_could_not_be_applied', 'customer.subscription.updated', $1, now(), 'dead', 10, 'error: YB001')`,
    [clinics.birch.id],
  );
  const [name = '', ...value] = (await cookieOf(people.platform_admin)).split('=');
  await page.context().addCookies([{ name, value: value.join('='), url: at('admin') }]);
  await page.goto(at('admin', '/billing'));
  await expect(page.getByText('A price that the catalogue does not hold; nothing was changed')).toBeVisible();
  await expect(page.getByText(/evt_that_could_not_be_applied.*tried 10 times/)).toBeVisible();
  await accessible('platform-billing');
  await page
    .getByRole('row', { name: /evt_that_could_not/ })
    .getByRole('button', { name: 'Try again: evt_that_could_not_be_applied' })
    .click();
  await expect(page.getByText('The event is worked on once more.')).toBeVisible();
  await expect(page.getByText('evt_that_could_not_be_applied')).toBeHidden();
  const state = async () =>
    (await sql.query(`select state from private.stripe_events where id = 'evt_that_could_not_be_applied'`)).rows[0].state;
  await expect.poll(state, { timeout: 30_000 }).toBe('applied');
  await page
    .getByRole('row', { name: /price_of_nobody/ })
    .getByRole('button', { name: 'Close: price_of_nobody_in_particular' })
    .click();
  await expect(page.getByText('The alert is closed.')).toBeVisible();
  await expect(page.getByText('price_of_nobody_in_particular')).toBeHidden();
});
