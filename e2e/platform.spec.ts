import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import type pg from 'pg';
import { connect } from '../tests/support/database';
import { stack } from '../tests/support/env';
import { hostOf, send } from '../tests/support/http';
import { addMember, addPatient, canary, createPerson, loadWorld } from '../tests/support/world';
import { type Authenticator, setUpAuthenticator } from './authenticator';
import { at, expect, type FreshClinic, freshClinic, signIn, test } from './fixtures';

test.describe.configure({ mode: 'serial' });

const world = loadWorld();
const email = 'root@platform.test';
const secret = 'harvest moon over pines';
let sql: pg.Client;
let tamarack: FreshClinic;
let authenticator: Authenticator;
let link: string;
test.beforeAll(async () => {
  sql = await connect();
  tamarack = await freshClinic(sql, 'tamarack', 'Tamarack Clinic');
  const staff = await createPerson(stack, 'staff@tamarack.test');
  await addMember(sql, tamarack.id, staff, 'staff', 'Hana Staff');
  await addPatient(sql, tamarack.id, 'Hazelnut-Secret');
  await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [tamarack.ownerId]);
});
test.afterAll(() => sql.end());

/** The patients that stand in pages of the platform, the data for scripts included. */
async function patientsIn(page: Page, paths: string[]): Promise<string[]> {
  const cookie = (await page.context().cookies(at('admin'))).map(({ name, value }) => `${name}=${value}`).join('; ');
  const answers = await Promise.all(paths.map((path) => send(path, { host: hostOf('admin'), headers: { cookie } })));
  expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
  const text = answers.map(({ body }) => body).join('');
  expect(text.includes('Hana Staff')).toBe(true);
  return [canary, 'Hazelnut-Secret', world.clinics.alder.patientId].filter((patient) => text.includes(patient));
}

async function signInToPlatform(page: Page): Promise<void> {
  await page.goto(at('admin', '/login'));
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(secret);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByLabel('Code').fill(await authenticator.fresh());
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
}

test('the first administrator comes by a link from the terminal, and must set up a second factor', async ({ page, accessible }) => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'admin:create', '--', '--email', email]);
  link = /http\S+/.exec(stdout)?.[0] ?? '';
  expect(link).toContain(at('admin', '/welcome#'));

  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'Set up your account' })).toBeVisible();
  await page.getByLabel('New password', { exact: true }).fill('too short');
  await page.getByRole('button', { name: 'Save and go on' }).click();
  await expect(page.getByText('Use at least 12 characters.')).toBeVisible();
  await page.getByLabel('New password', { exact: true }).fill(secret);
  await page.getByRole('button', { name: 'Save and go on' }).click();
  await expect(page.getByAltText('The key as a QR code')).toBeVisible();
  await accessible('platform-welcome');
  authenticator = setUpAuthenticator((await page.locator('code').textContent()) ?? '');

  // Until the code is proven the platform stays closed, and the link stays good.
  const other = await page.context().newPage();
  await other.goto(at('admin', '/clinics'));
  await expect(other).toHaveURL(at('admin', '/login'));
  await other.close();

  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Finish' }).click();
  await expect(page.getByText('This code is not right, or was used already.')).toBeVisible();
  await page.getByLabel('Code').fill(await authenticator.fresh());
  await page.getByRole('button', { name: 'Finish' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Sign-ups' })).toBeVisible();
  await accessible('platform-overview');
  await page.getByRole('link', { name: '12 months' }).click();
  await expect(page).toHaveURL(/period=month/);

  await page.getByRole('button', { name: `Your menu, ${email}` }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: 'Go on' })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(at('admin', '/login'));
});

test('the link works once, and every sign-in takes both factors', async ({ page, accessible }) => {
  await page.goto(link);
  await page.getByLabel('New password', { exact: true }).fill('another good password');
  await page.getByRole('button', { name: 'Save and go on' }).click();
  await expect(page.getByText('This link has been used or has run out.')).toBeVisible();

  await page.goto(at('admin', '/login'));
  await accessible('platform-login');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByText('This e-mail address and password do not match.')).toBeVisible();
  await expect(page.getByLabel('E-mail')).toHaveValue(email);
  // A clinic's owner with the right password learns no more.
  await page.getByLabel('E-mail').fill('owner@tamarack.test');
  await page.getByLabel('Password', { exact: true }).fill('seven quiet lighthouses');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByText('This e-mail address and password do not match.')).toBeVisible();

  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(secret);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByRole('heading', { name: 'Enter the code' })).toBeVisible();
  await accessible('platform-code');
  await page.goto(at('admin', '/clinics'));
  await expect(page).toHaveURL(at('admin', '/second-factor'));
  await page.getByLabel('Code').fill('12 34');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByText('Enter the six digits that your app shows.')).toBeVisible();
  // The code of the enrolment is spent.
  await page.getByLabel('Code').fill(authenticator.last());
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByText('This code is not right, or was used already.')).toBeVisible();
  await page.getByLabel('Code').fill(await authenticator.fresh());
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
});

test('an administrator finds a clinic, reads its facts and activity, and sees no patient', async ({ page, accessible, expectErrors }) => {
  await signInToPlatform(page);
  await page.getByRole('link', { name: 'Clinics', exact: true }).first().click();
  await expect(page.getByRole('heading', { name: 'Clinics', exact: true })).toBeVisible();
  await accessible('platform-clinics');
  await page.getByLabel('Hold').selectOption('On hold');
  await expect(page).toHaveURL(/hold=open/);
  await expect(page.getByRole('link', { name: 'Cedar Clinic' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Tamarack Clinic' })).toHaveCount(0);
  await page.getByLabel('Hold').selectOption('With or without');
  await page.getByLabel('Search clinics').fill('no such clinic');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByText('No clinic matches this.')).toBeVisible();
  await accessible('platform-clinics-none');
  await page.getByRole('link', { name: 'Show all clinics' }).click();
  await expect(page).toHaveURL(at('admin', '/clinics'));
  await page.getByLabel('Search clinics').fill('staff@tamarack');
  await page.getByLabel('Search clinics').press('Enter');
  await expect(page.getByText('1 clinic', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Tamarack Clinic' }).click();
  await expect(page.getByRole('heading', { name: 'Tamarack Clinic' })).toBeVisible();
  await expect(page.getByText('Hana Staff')).toBeVisible();
  await expect(page.getByText('1 of 5,000')).toBeVisible();
  await accessible('platform-clinic');
  await page.getByRole('link', { name: 'Open the activity log' }).click();
  await expect(page.getByText('patients.insert').first()).toBeVisible();
  await expect(page.getByText(`${email} (platform)`).first()).toBeVisible();
  await accessible('platform-activity');
  const clinics = [tamarack.id, world.clinics.alder.id].flatMap((id) => [`/clinics/${id}`, `/clinics/${id}/audit`]);
  expect(await patientsIn(page, ['/', '/clinics', ...clinics])).toEqual([]);
  expectErrors(/status of 404/);
  expect((await page.goto(at('admin', '/clinics/00000000-0000-4000-8000-000000000000')))?.status()).toBe(404);
  expect((await page.goto(at('admin', `/patients/${world.clinics.alder.patientId}`)))?.status()).toBe(404);
  // The administrator's cookie opens nothing at a clinic.
  const cookies = await page.context().cookies(at('admin'));
  await page.context().addCookies(cookies.map(({ name, value }) => ({ name, value, url: at('tamarack') })));
  await page.goto(at('tamarack', '/patients'));
  await expect(page).toHaveURL(at('tamarack', '/login'));
});

test('a hold puts staff out on their next click; the owner reads why, sees the plan and exports; lifted, all is well', async ({
  page,
  browser,
  accessible,
}) => {
  const staffContext = await browser.newContext();
  const staff = await staffContext.newPage();
  await signIn(staff, 'tamarack', 'staff@tamarack.test');
  await expect(staff.getByRole('heading', { name: /^Welcome/ })).toBeVisible();

  await signInToPlatform(page);
  await page.goto(at('admin', '/clinics?search=tamarack'));
  await page.getByRole('link', { name: 'Tamarack Clinic' }).click();
  await page.getByRole('button', { name: 'Put on hold' }).click();
  await expect(page.getByText('Say why, in at least five characters.')).toBeVisible();
  await page.getByLabel('Why the clinic is put on hold').fill('Patients reported messages that they never asked for.');
  await page.getByRole('button', { name: 'Put on hold' }).click();
  await expect(page.getByText('The clinic is on hold. Its staff are signed out.')).toBeVisible();
  await accessible('platform-clinic-held');

  await staff.getByRole('link', { name: 'Patients', exact: true }).click();
  await expect(staff).toHaveURL(at('tamarack', '/login?ended=hold'));
  await expect(staff.getByText('Your clinic is on hold, and your session has ended.')).toBeVisible();
  await signIn(staff, 'tamarack', 'staff@tamarack.test');
  await expect(staff.getByText('only those who run its account can sign in')).toBeVisible();

  const ownerContext = await browser.newContext();
  const owner = await ownerContext.newPage();
  await signIn(owner, 'tamarack', 'owner@tamarack.test');
  await expect(owner.getByRole('heading', { name: 'Tamarack Clinic is on hold' })).toBeVisible();
  await expect(owner.getByText('Patients reported messages that they never asked for.')).toBeVisible();
  const download = owner.waitForEvent('download');
  await owner.getByRole('button', { name: 'Export patients' }).click();
  expect(await readFile(await (await download).path(), 'utf8')).toContain('Hazelnut-Secret');
  await owner.getByRole('link', { name: 'See your plan' }).click();
  await expect(owner.getByRole('heading', { name: 'Used of what the plan allows' })).toBeVisible();
  await owner.goto(at('tamarack', '/patients'));
  await expect(owner).toHaveURL(at('tamarack', '/on-hold'));

  await page.getByLabel('Why the hold is lifted').fill('The clinic has stopped the campaign.');
  await page.getByRole('button', { name: 'Lift the hold' }).click();
  await expect(page.getByText('The hold is lifted.')).toBeVisible();
  await expect(page.getByText('The clinic has stopped the campaign.')).toBeVisible();
  await owner.goto(at('tamarack'));
  await expect(owner.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await signIn(staff, 'tamarack', 'staff@tamarack.test');
  await expect(staff.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await staffContext.close();
  await ownerContext.close();
});

test('codes cannot be guessed without end, and there is a way back from the second step', async ({ page }) => {
  await page.goto(at('admin', '/login'));
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(secret);
  await page.getByRole('button', { name: 'Go on' }).click();
  const refused = page.getByText(/This code is not right|Too many attempts/);
  for (let guess = 0; guess < 10 && !(await page.getByText('Too many attempts').isVisible()); guess++) {
    await page.getByLabel('Code').fill(String(guess).padStart(6, '9'));
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeEnabled();
    await expect(refused).toBeVisible();
  }
  await page.getByLabel('Code').fill(await authenticator.fresh());
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByText('Too many attempts')).toBeVisible();
  await page.getByRole('button', { name: 'Sign in with another account' }).click();
  await expect(page.getByRole('button', { name: 'Go on' })).toBeVisible();
});
