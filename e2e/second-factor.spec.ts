import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import type pg from 'pg';
import { connect } from '../tests/support/database';
import { stack } from '../tests/support/env';
import { addMember, createPerson } from '../tests/support/world';
import { type Authenticator, setUpAuthenticator } from './authenticator';
import { at, expect, freshClinic, mailedLink, signIn, test } from './fixtures';

test.describe.configure({ mode: 'serial' });

const owner = 'owner@chestnut.test';
const password = 'seven quiet lighthouses';
let sql: pg.Client;
let authenticator: Authenticator;
let codes: string[] = [];
test.beforeAll(async () => {
  sql = await connect();
  const { id, ownerId } = await freshClinic(sql, 'chestnut', 'Chestnut Clinic');
  await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [ownerId]);
  const staff = await createPerson(stack, 'staff@chestnut.test');
  await addMember(sql, id, staff, 'staff', 'Ida Staff');
});
test.afterAll(() => sql.end());

/** Proves the password, keeps the recovery codes and scans the picture. */
async function enroll(page: Page, look?: (name: string) => Promise<void>): Promise<void> {
  await page.getByLabel('Confirm your password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  const list = page.getByRole('list', { name: 'Recovery codes' });
  await expect(list.getByRole('listitem')).toHaveCount(10);
  codes = await list.getByRole('listitem').allTextContents();
  await look?.('recovery-codes');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  authenticator = setUpAuthenticator((await page.locator('code').textContent()) ?? '');
  await look?.('second-factor-enrolment');
}
const forgetProofs = () =>
  sql.query(`update private.tenant_sessions set proven_at = now() - interval '11 minutes' where proven_at is not null`);

test('a person sets a second factor up, and keeps the recovery codes', async ({ page, accessible }) => {
  await signIn(page, 'chestnut', owner);
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Protect your account' })).toBeVisible();
  await page.goto(at('chestnut', '/account'));
  await page.getByLabel('Confirm your password', { exact: true }).fill('not my password');
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  await expect(page.getByText('This is not your current password.')).toBeVisible();
  await enroll(page, accessible);
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await expect(page.getByText(/^This code is not right/)).toBeVisible();
  await page.getByLabel('Code').fill(await authenticator.fresh());
  await page.getByRole('button', { name: 'Turn it on' }).click();
  await expect(page.getByText('The second factor is set up.')).toBeVisible();
  await expect(page.getByText('10 of 10 recovery codes are left.')).toBeVisible();
  await accessible('account-second-factor');
  expect(await mailedLink(owner, /second factor was added/)).toBe(at('chestnut', '/account'));
});

test('signing in asks for the code; without it nothing opens', async ({ page, accessible }) => {
  await signIn(page, 'chestnut', owner);
  await expect(page.getByRole('heading', { name: 'Enter your code' })).toBeVisible();
  await accessible('second-step');
  for (const path of ['/patients', '/account', '/team']) {
    await page.goto(at('chestnut', path));
    await expect(page, path).toHaveURL(at('chestnut', '/second-factor'));
  }
  await page.getByLabel('Code').fill('123');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('Enter the six digits that your app shows, or a recovery code.')).toBeVisible();
  await page.getByLabel('Code').fill(authenticator.last());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText(/^This code is not right, or was used already/)).toBeVisible();
  await page.getByLabel('Code').fill(await authenticator.fresh());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
});

test('a recovery code signs in once', async ({ page }) => {
  for (const [code, taken] of [
    [codes[0], true],
    [codes[0], false],
  ] as const) {
    await signIn(page, 'chestnut', owner);
    await page.getByLabel('Code').fill(code ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    if (taken) {
      await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
      await page.getByRole('button', { name: /^Your menu/ }).click();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await expect(page).toHaveURL(at('chestnut', '/login'));
    } else {
      await expect(page.getByText('This is no code of yours, or it was used already.')).toBeVisible();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await expect(page).toHaveURL(at('chestnut', '/login'));
    }
  }
});

test('an export, and a change of role, ask for the code once more', async ({ page, accessible, expectErrors }) => {
  expectErrors(/403 \(Forbidden\).*export/);
  await signIn(page, 'chestnut', owner);
  await page.getByLabel('Code').fill(await authenticator.fresh());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await forgetProofs();
  await page.goto(at('chestnut', '/patients'));
  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your code once more' });
  await expect(dialog).toBeVisible();
  await accessible('step-up');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Enter the code of your authenticator app once more to do this.')).toBeVisible();
  await page.getByRole('button', { name: 'Export' }).click();
  await dialog.getByLabel('Code').fill(await authenticator.fresh());
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Go on' }).click()]);
  expect(download.suggestedFilename()).toBe('patients.csv');
  expect(await readFile(await download.path(), 'utf8')).toContain('First name,Last name');

  await forgetProofs();
  await page.goto(at('chestnut', '/team'));
  await page.getByRole('link', { name: 'Ida Staff' }).click();
  await page.getByLabel('Practitioner').check();
  await page.getByRole('button', { name: 'Change the role' }).click();
  await dialog.getByLabel('Code').fill(codes[1] ?? '');
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByText(/role/i).first()).toBeVisible();
  await expect
    .poll(
      async () =>
        (
          await sql.query(
            `select r.key from public.memberships m join public.roles r on r.id = m.role_id join public.profiles p on p.user_id = m.user_id
             where p.full_name = 'Ida Staff'`,
          )
        ).rows[0].key,
    )
    .toBe('practitioner');
});

test('a new password by mail asks for the second factor too', async ({ page }) => {
  await page.goto(at('chestnut', '/forgot-password'));
  await page.getByLabel('E-mail').fill(owner);
  await page.getByRole('button', { name: /Send/ }).click();
  const link = await mailedLink(owner, /Choose a new password/);
  await page.goto(link);
  await page.getByLabel('New password', { exact: true }).fill('nine louder lighthouses');
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(page.getByText('Enter the code of your authenticator app, or a recovery code.')).toBeVisible();
  await page.getByLabel('Code').fill(await authenticator.fresh());
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.goto(link);
  await page.getByLabel('New password', { exact: true }).fill('ten louder lighthouses');
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(page.getByText(/^This link has been used/)).toBeVisible();
});

test('a clinic that requires it has everybody set one up', async ({ page, browser, accessible }) => {
  await signIn(page, 'chestnut', owner, 'nine louder lighthouses');
  await page.getByLabel('Code').fill(await authenticator.fresh());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.goto(at('chestnut', '/settings'));
  await page.getByLabel('These roles').check();
  const section = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Second factor' }) });
  await section.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Choose at least one role.')).toBeVisible();
  await accessible('settings-second-factor');
  await page.getByLabel('Practitioner').check();
  await expect(page.getByLabel('From')).toHaveValue(/^\d{4}-/);
  await page.getByLabel('From').fill('');
  await section.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('It is saved who needs a second factor.')).toBeVisible();

  const context = await browser.newContext();
  const staff = await context.newPage();
  await signIn(staff, 'chestnut', 'staff@chestnut.test');
  await expect(staff.getByRole('heading', { name: 'Set up a second factor' })).toBeVisible();
  await staff.goto(at('chestnut', '/patients'));
  await expect(staff).toHaveURL(at('chestnut', '/second-factor'));
  await enroll(staff);
  await staff.getByLabel('Code').fill(await authenticator.fresh());
  await staff.getByRole('button', { name: 'Turn it on' }).click();
  await expect(staff.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await context.close();
  await page.goto(at('chestnut', '/team'));
  await expect(page.getByRole('row', { name: /Ida Staff/ })).toContainText('On');
});
