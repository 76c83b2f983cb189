import { type Browser, chromium, type Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { databaseUrl } from '@/scripts/stack/config';
import { withClient } from '@/scripts/stack/database';
import { waitFor } from '@/scripts/stack/wait';
import { type FaultStack, startFaultStack } from '../support/fault-stack';
import { createClinic, createPerson, password } from '../support/world';

let faults: FaultStack;
let browser: Browser;
let page: Page;
let form: Page;
const at = (path: string) => `http://${faults.hostOf('larch')}${path}`;

beforeAll(async () => {
  faults = await startFaultStack('faults-database');
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM || undefined, args: ['--no-sandbox', '--disable-gpu'] });
  await withClient(databaseUrl(faults.config), async (client) => {
    await createClinic(client, 'larch', 'Larch Clinic', await createPerson(faults.env, 'owner@larch.test'));
  });
  const context = await browser.newContext();
  page = await context.newPage();
  await page.goto(at('/login'));
  await page.getByLabel('E-mail').fill('owner@larch.test');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
  form = await context.newPage();
});
afterAll(async () => {
  await browser?.close();
  await faults?.stop();
});

// A test that fails leaves the next one its database.
afterEach(() => faults.restartDatabase());

const health = () => faults.health();
const patients = (name: string) =>
  withClient(databaseUrl(faults.config), async (client) =>
    Number((await client.query('select count(*) from public.patients where family_name = $1', [name])).rows[0].count),
  );

async function fillPatient(name: string): Promise<void> {
  await form.goto(at('/patients/new'));
  await form.getByLabel('First name').fill('Quinn');
  await form.getByLabel('Last name').fill(name);
  await form.getByLabel('Birth date').fill('1990-05-06');
}
const save = () => form.getByRole('button', { name: 'Add patient' }).click();

/** Nothing of a failure's inside may be seen. */
const internals = /postgres|ECONN|SQLSTATE|select |insert |node_modules|\.ts:\d|stack trace|fetch failed/i;

async function expectHonestFailure(name: string): Promise<void> {
  const answer = await page.goto(at('/patients'));
  expect(answer?.status()).toBe(500);
  await page.getByRole('heading', { name: 'This page could not be shown' }).waitFor();
  expect(await page.getByRole('main').textContent()).toMatch(/the service cannot be reached right now/);
  expect(await page.getByRole('main').textContent()).not.toMatch(internals);

  await save();
  const alert = form.getByText('The service cannot be reached right now.');
  await alert.waitFor({ timeout: 30_000 });
  expect(await form.locator('main').textContent()).not.toMatch(internals);
  expect(await form.getByLabel('Last name').inputValue()).toBe(name);

  const { status, body } = await health();
  expect([status, body]).toEqual([503, { status: 'unavailable', reasons: expect.arrayContaining(['database']) }]);
}

/** Everything works again, in the same browser, with the same app and the same session. */
async function expectRecovery(): Promise<void> {
  const began = Date.now();
  await waitFor('the app to be well again', async () => (await health()).status === 200, 30_000);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Patients' }).waitFor();
  await save();
  await form.getByText('Quinn').first().waitFor();
  await form.waitForURL(/\/patients\/[0-9a-f-]{36}/);
  expect(Date.now() - began).toBeLessThan(30_000);
}

test('Q2 the database is stopped and started again', async () => {
  const app = faults.app().pid;
  await fillPatient('Stopped');
  faults.stopDatabase();
  await waitFor('the database to be gone', async () => (await health()).status === 503);
  await expectHonestFailure('Stopped');
  await faults.restartDatabase();
  await expectRecovery();
  expect(await patients('Stopped')).toBe(1);
  expect(faults.app().pid).toBe(app);
});

test('Q2 the database is restarted between two clicks', async () => {
  await fillPatient('Restarted');
  faults.stopDatabase();
  await faults.restartDatabase();
  await waitFor('the app to be well again', async () => (await health()).status === 200, 30_000);
  expect((await page.goto(at('/patients')))?.status()).toBe(200);
  await save();
  await form.waitForURL(/\/patients\/[0-9a-f-]{36}/);
  expect(await patients('Restarted')).toBe(1);
});

test('Q2 the database is killed', async () => {
  await fillPatient('Killed');
  faults.killDatabase();
  await expectHonestFailure('Killed');
  await faults.restartDatabase();
  await expectRecovery();
  expect(await patients('Killed')).toBe(1);
});

test('Q2 the database is paused: nothing hangs, and what was said about saving is true', async () => {
  await fillPatient('Paused');
  faults.signalDatabase('SIGSTOP');
  try {
    await expectHonestFailure('Paused');
    expect(await form.getByText('look whether it was saved').count()).toBe(1);
  } finally {
    faults.signalDatabase('SIGCONT');
  }
  await waitFor('the app to be well again', async () => (await health()).status === 200, 30_000);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Patients' }).waitFor();
  // The statement may have been on its way: that is why the person is asked to look.
  expect(await patients('Paused')).toBeLessThanOrEqual(1);
});
