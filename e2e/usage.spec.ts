import pg from 'pg';
import { stack } from '../tests/support/env';
import { cookieOf } from '../tests/support/http';
import { givePlan, loadWorld } from '../tests/support/world';
import { at, expect, freshClinic, signIn, test } from './fixtures';

const sql = new pg.Client({ connectionString: stack.DATABASE_URL });
let id: string;
test.describe.configure({ mode: 'serial' });
test.beforeAll(async () => {
  await sql.connect();
  ({ id } = await freshClinic(sql, 'hemlock', 'Hemlock Clinic for Family Medicine and Physiotherapy'));
  await givePlan(sql, id, 'free');
});
test.afterAll(() => sql.end());

const add = (count: number, family: string) =>
  sql.query(
    `insert into public.patients (tenant_id, given_name, family_name, birth_date) select $1, 'Pat', $3 || n, '1980-01-01' from generate_series(1, $2) as n`,
    [id, count, family],
  );

test('usage follows what happens, by one stream for all tabs', async ({ page, context, accessible, expectErrors }) => {
  expectErrors(/503/);
  const streams: string[] = [];
  context.on('request', (request) => request.url().endsWith('/usage/stream') && streams.push(request.url()));
  await signIn(page, 'hemlock', 'owner@hemlock.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await expect(page.getByText('0 of 100')).toBeVisible();
  const second = await context.newPage();
  await second.goto(at('hemlock', '/usage'));
  await expect(second.getByText('0 of 100')).toBeVisible();
  await expect.poll(() => streams.length).toBe(1);
  await add(3, 'First');
  await expect(page.getByText('3 of 100')).toBeVisible();
  await expect(second.getByText('3 of 100')).toBeVisible();
  expect(streams).toHaveLength(1);
  // The tab that has the stream goes, and the other one takes it over; an answer that is no stream is asked for again.
  let refused = 0;
  await context.route('**/usage/stream', (route) => (refused++ === 0 ? route.fulfill({ status: 503 }) : route.continue()));
  await page.goto(at('hemlock', '/patients'));
  await add(77, 'Second');
  await expect(second.getByText('80 of 100, nearly full')).toBeVisible({ timeout: 60_000 });
  expect(streams).toHaveLength(3);
  await second.close();

  await sql.query(
    `insert into public.usage_counters (tenant_id, metric, period, used)
     select $1, m.metric, (current_date - n)::text, greatest(0, m.most - n * m.step)
     from generate_series(1, 40) as n, (values ('patients', 78, 3), ('mails', 12, 0), ('users', 1, 0)) as m (metric, most, step)`,
    [id],
  );
  await page.goto(at('hemlock', '/usage'));
  await expect(page.getByText(/^At this pace it will be about \d+ at the end of the month/).first()).toBeVisible();
  await accessible('usage');
});

test('a full plan says so, and leads to the plans; what was typed stays', async ({ page, accessible }) => {
  await add(20, 'Third');
  await signIn(page, 'hemlock', 'owner@hemlock.test');
  await expect(page.getByText('100 of 100, full')).toBeVisible();
  await page.goto(at('hemlock', '/patients/new'));
  await expect(page.getByText(/^Your plan allows 100 active patients, and all are in use. Archived patients do not count./)).toBeVisible();
  await page.getByLabel('First name').fill('One');
  await page.getByLabel('Last name').fill('Toomany');
  await page.getByLabel('Birth date').fill('1984-02-29');
  await page.getByRole('button', { name: 'Add patient' }).click();
  await expect(page.getByRole('alert').getByText('Your plan allows 100 active patients, and all are in use.')).toBeVisible();
  await expect(page.getByLabel('Last name')).toHaveValue('Toomany');
  await accessible('patient-new-full');
  await page.getByRole('link', { name: 'See your usage' }).click();
  await expect(page.getByRole('heading', { name: 'Usage', exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'See the plans' }).click();
  await expect(page.getByRole('heading', { name: 'Plans' })).toBeVisible();
});

test('a feature that is missing has a page; the platform grants it, and a limit, until they are taken back', async ({
  page,
  browser,
  accessible,
}) => {
  await signIn(page, 'hemlock', 'owner@hemlock.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.goto(at('hemlock', '/team/roles'));
  await expect(page.getByRole('link', { name: 'New role' })).toBeHidden();
  await page.getByRole('link', { name: 'What it does, and which plan has it' }).click();
  await expect(page.getByRole('heading', { name: 'Roles of your own' })).toBeVisible();
  await expect(page.getByText('It comes with the Professional plan and every larger one; yours is Free.')).toBeVisible();
  await accessible('feature-missing');

  const platform = await browser.newPage();
  const [name = '', ...value] = (await cookieOf(loadWorld().people.platform_admin)).split('=');
  await platform.context().addCookies([{ name, value: value.join('='), url: at('admin') }]);
  await platform.goto(at('admin', `/clinics/${id}`));
  await platform.getByRole('link', { name: 'Limits and features' }).click();
  const limits = platform.getByRole('button', { name: 'Grant the limit' });
  const limitForm = platform.locator('form', { has: limits });
  await limitForm.getByLabel('What').selectOption('Active patients');
  await limitForm.getByLabel('Why').fill('While they move from another system');
  await limits.click();
  await expect(limitForm.getByText('Enter a number, or tick that there is no limit.')).toBeVisible();
  await limitForm.getByLabel('Limit', { exact: true }).fill('many');
  await limitForm.getByLabel('Why').fill('While they move from another system');
  await limits.click();
  await expect(limitForm.getByText('Enter a whole number.')).toBeVisible();
  await expect(limitForm.getByLabel('Why')).toHaveValue('While they move from another system');
  await limitForm.getByLabel('Limit', { exact: true }).fill('150');
  await limits.click();
  await expect(platform.getByText('Saved. It counts from now on.')).toBeVisible();
  await expect(platform.getByText('Granted: 150')).toBeVisible();
  const featureForm = platform.locator('form', { has: platform.getByLabel('Feature') });
  await featureForm.getByLabel('Feature').selectOption('Roles of your own');
  await featureForm.getByLabel('Last day (UTC)').fill('2099-12-31');
  await featureForm.getByLabel('Why').fill('A trial of larger teams');
  await featureForm.getByRole('button', { name: 'Save' }).click();
  await expect(platform.getByText('Granted: Roles of your own')).toBeVisible();
  for (const [width, theme] of [
    [360, 'light'],
    [1440, 'light'],
    [360, 'dark'],
    [1440, 'dark'],
  ] as const) {
    await platform.setViewportSize({ width, height: 900 });
    await platform.emulateMedia({ colorScheme: theme });
    if (process.env.SCREENS)
      await platform.screenshot({ path: `.local/test/screens/platform-entitlements-${theme}-${width}.png`, fullPage: true });
  }

  await page.goto(at('hemlock', '/team/roles'));
  await expect(page.getByRole('link', { name: 'New role' })).toBeVisible();
  await page.goto(at('hemlock', '/usage'));
  await expect(page.getByText('100 of 150')).toBeVisible();
  await expect(page.getByText('Active patients: 150. While they move from another system')).toBeVisible();
  await expect(page.getByText(/^Roles of your own, until (Dec 31, 2099|Jan 1, 2100)\. A trial of larger teams$/)).toBeVisible();
  await page.goto(at('hemlock', '/activity'));
  await expect(page.getByText('Added a limit granted by us').filter({ visible: true }).first()).toBeVisible();

  await platform.getByRole('button', { name: 'Take back: Roles of your own' }).click();
  await expect(platform.getByText('Granted: Roles of your own')).toBeHidden();
  await page.goto(at('hemlock', '/team/roles'));
  await expect(page.getByRole('link', { name: 'New role' })).toBeHidden();
  await platform.close();
});
