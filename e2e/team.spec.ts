import type { Page } from '@playwright/test';
import type pg from 'pg';
import { connect } from '../tests/support/database';
import { stack } from '../tests/support/env';
import { createPerson } from '../tests/support/world';
import { at, expect, freshClinic, mailedLink, signIn, test } from './fixtures';

test.describe.configure({ mode: 'serial' });

const nora = 'nora@mulberry.test';
const longNamed = 'a.very.long.address.of.somebody.with.many.names@subdomain.of.a.rather.long.domain.mulberry.test';
const secret = 'gravel paths at noon';
let sql: pg.Client;
test.beforeAll(async () => {
  sql = await connect();
  const { ownerId } = await freshClinic(sql, 'mulberry', 'Mulberry Clinic');
  await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [ownerId]);
  const elsewhere = await createPerson(stack, 'eva@mulberry.test');
  await sql.query(`insert into public.profiles (user_id, full_name) values ($1, 'Eva Elsewhere')`, [elsewhere.userId]);
});
test.afterAll(() => sql.end());

async function enter(page: Page, email: string, words?: string): Promise<void> {
  await signIn(page, 'mulberry', email, words);
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
}

test('the owner builds a role, and invites people to it', async ({ page, accessible }) => {
  await enter(page, 'owner@mulberry.test');
  await page.getByRole('button', { name: /^Your menu/ }).click();
  await expect(page.getByRole('link', { name: 'Your account', exact: true })).toBeVisible();
  await accessible('menu');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Team', exact: true }).click();
  await expect(page.getByText('1 person', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Invitations' }).click();
  await expect(page.getByText('Nobody has been invited yet.')).toBeVisible();
  await accessible('invitations-empty');

  await page.getByRole('link', { name: 'Roles', exact: true }).click();
  await expect(page.getByRole('link', { name: 'Practitioner' })).toBeVisible();
  await accessible('roles');
  await page.getByRole('link', { name: 'Billing', exact: true }).click();
  await expect(page.getByText('This role is fixed.')).toBeVisible();
  await page.getByRole('link', { name: 'Copy as a new role' }).click();
  await expect(page.getByLabel('Name')).toHaveValue('Billing (copy)');
  await page.goto(at('mulberry', '/team/roles/new'));
  await page.getByLabel('Name').fill('staff');
  await page.getByLabel('What it is for').fill('Answers the phone');
  await page.getByLabel('Find patients and open their records').check();
  await page.getByRole('button', { name: 'Make the role' }).click();
  await expect(page.getByText('The clinic has a role of this name.')).toBeVisible();
  await expect(page.getByLabel('Find patients and open their records')).toBeChecked();
  await accessible('role-form');
  await page.getByLabel('Name').fill('Phone desk');
  await page.getByRole('button', { name: 'Make the role' }).click();
  await expect(page.getByText(/^The role is saved/)).toBeVisible();
  await accessible('role');

  await page.goto(at('mulberry', '/team/invite'));
  await page.getByLabel('E-mail addresses').fill(`Nora Phone <${nora}>, nobody`);
  await page.getByRole('button', { name: 'Send invitations' }).click();
  await expect(page.getByText('Choose a role.')).toBeVisible();
  await page.getByLabel('E-mail addresses').fill(`${nora}; nobody`);
  await page.getByLabel('Phone desk').check();
  await page.getByRole('button', { name: 'Send invitations' }).click();
  await expect(page.getByText('“nobody” is not an e-mail address.')).toBeVisible();
  await expect(page.getByLabel('Phone desk')).toBeChecked();
  await page.getByLabel('E-mail addresses').fill(`${nora}\neva@mulberry.test\n${longNamed}\nowner@mulberry.test`);
  await page.getByRole('button', { name: 'Send invitations' }).click();
  await expect(page.getByText('3 people are invited.')).toBeVisible();
  await expect(page.getByText(/^Members already.*owner@mulberry.test/)).toBeVisible();
  await accessible('invite');
  await page.getByRole('link', { name: 'See invitations' }).click();
  await expect(page.getByText('3 open')).toBeVisible();
  await accessible('invitations');
  await page.getByRole('button', { name: 'Send again to eva@mulberry.test' }).click();
  await expect(page.getByText('Sent once more; the earlier link works no longer.')).toBeVisible();
  await page.getByLabel('Search invitations').fill('zzz');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByText('No invitation matches this.')).toBeVisible();
  await page.goto(at('mulberry', '/team/invitations'));
  await page.getByRole('button', { name: `Take back the invitation of ${longNamed}` }).click();
  await expect(page.getByText('2 open')).toBeVisible();
});

test('somebody new joins by the mail, and can do what the role says and no more', async ({ page, accessible, expectErrors }) => {
  expectErrors(/403 \(Forbidden\)/);
  const link = await mailedLink(nora, /invited to Mulberry/);
  expect(link).toContain(at('mulberry', '/invitation#'));
  await page.goto(link);
  await expect(page.getByText('Owner invites')).toBeVisible();
  await accessible('invitation');
  await page.getByLabel('Choose a password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Join Mulberry Clinic' }).click();
  await expect(page.getByText('Enter your name.')).toBeVisible();
  await page.getByLabel('Your name').fill('Nora Phone');
  await page.getByLabel('Choose a password', { exact: true }).fill(secret);
  await page.getByRole('button', { name: 'Join Mulberry Clinic' }).click();
  await expect(page.getByRole('heading', { name: 'Welcome, Nora Phone' })).toBeVisible();

  await page.getByRole('link', { name: 'Patients', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Patients' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Add patient' })).toBeHidden();
  for (const path of ['/patients/new', '/team', '/team/invite', '/team/roles', '/settings', '/billing']) {
    expect((await page.goto(at('mulberry', path)))?.status(), path).toBe(403);
  }
  await page.goto(link);
  await expect(page.getByText('This invitation cannot be used: it has been used already')).toBeVisible();
});

test('who has an account joins with it', async ({ page, accessible }) => {
  await page.goto(await mailedLink('eva@mulberry.test', /invited to Mulberry/));
  await expect(page.getByText('You have an account already.')).toBeVisible();
  await accessible('invitation-account');
  await page.getByLabel('Password', { exact: true }).fill('not my password at all');
  await page.getByRole('button', { name: 'Join Mulberry Clinic' }).click();
  await expect(page.getByText('This is not the password of your account.')).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill('seven quiet lighthouses');
  await page.getByRole('button', { name: 'Join Mulberry Clinic' }).click();
  await expect(page.getByRole('heading', { name: 'Welcome, Eva Elsewhere' })).toBeVisible();
});

test('the owner changes rights, ends sessions, deletes a role and removes people; all of it holds at once', async ({
  page,
  browser,
  accessible,
}) => {
  const noras = await (await browser.newContext()).newPage();
  await enter(noras, nora, secret);
  await enter(page, 'owner@mulberry.test');
  await page.goto(at('mulberry', '/team'));
  await expect(page.getByText('3 people', { exact: true })).toBeVisible();
  await accessible('team');
  await page.getByLabel('Search people').fill('zzz');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByText('Nobody matches this.')).toBeVisible();
  await page.getByRole('link', { name: 'Show everybody' }).click();
  await expect(page.getByText('3 people', { exact: true })).toBeVisible();
  await page.getByLabel('Role').selectOption('Phone desk');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByText('2 people', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Nora Phone' }).click();
  await expect(page.getByText('What Nora Phone can do, and why')).toBeVisible();
  await accessible('member');

  await page.getByLabel('Billing', { exact: false }).first().check();
  await page.getByRole('button', { name: 'Change the role' }).click();
  await expect(page.getByText(/^The role is changed/)).toBeVisible();
  await noras.goto(at('mulberry', '/patients'));
  await expect(noras.getByRole('heading', { name: 'Patients' })).toBeHidden();
  await page.getByRole('button', { name: 'End all sessions' }).click();
  await expect(page.getByText('Not signed in anywhere.')).toBeVisible();
  await noras.goto(at('mulberry', '/'));
  await expect(noras).toHaveURL(at('mulberry', '/login'));

  await page.getByRole('button', { name: 'Deactivate' }).click();
  await expect(page.getByRole('alertdialog')).toBeVisible();
  await accessible('member-deactivate');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Deactivate' }).click();
  await expect(page.getByText('The person is deactivated.')).toBeVisible();
  await signIn(noras, 'mulberry', nora, secret);
  await expect(noras.getByText('Your account is not a member of this clinic.')).toBeVisible();
  await page.getByRole('button', { name: 'Reactivate' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Reactivate' }).click();
  await expect(page.getByText('The person can sign in again.')).toBeVisible();

  await page.goto(at('mulberry', '/team/roles'));
  await page.getByRole('link', { name: 'Phone desk' }).click();
  await page.getByRole('button', { name: 'Delete the role' }).click();
  await expect(page.getByText('People have this role. Choose which one they get instead.')).toBeVisible();
  await page.getByLabel('Move its people to').selectOption('Staff');
  await page.getByRole('button', { name: 'Delete the role' }).click();
  await expect(page.getByText('The role is deleted.')).toBeVisible();

  await page.goto(at('mulberry', '/team'));
  await page.getByRole('link', { name: 'Nora Phone' }).click();
  await page.getByRole('button', { name: 'Remove from the clinic' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('The person is removed.')).toBeVisible();
  await expect(page.getByText('2 people', { exact: true })).toBeVisible();
});

test('the clinic is handed over, with the new owner’s consent', async ({ page, browser, accessible }) => {
  await enter(page, 'owner@mulberry.test');
  await page.goto(at('mulberry', '/team'));
  await page.getByRole('link', { name: 'Eva Elsewhere' }).click();
  await page.getByRole('button', { name: 'Offer the clinic' }).click();
  await page.getByRole('button', { name: 'Send the offer' }).click();
  await expect(page.getByText('The offer is sent.')).toBeVisible();
  await page.getByRole('button', { name: 'Take the offer back' }).click();
  await page.getByRole('button', { name: 'Take it back' }).click();
  await expect(page.getByText('The offer is ended.')).toBeVisible();
  await page.goto(at('mulberry', '/team'));
  await page.getByRole('link', { name: 'Eva Elsewhere' }).click();
  await page.getByRole('button', { name: 'Offer the clinic' }).click();
  await page.getByRole('button', { name: 'Send the offer' }).click();
  await expect(page.getByText('Mulberry Clinic Owner offers the clinic to Eva Elsewhere')).toBeVisible();
  await accessible('ownership-offer');

  const evas = await (await browser.newContext()).newPage();
  await enter(evas, 'eva@mulberry.test');
  expect(await mailedLink('eva@mulberry.test', /offered to you/)).toBe(at('mulberry', '/team/ownership'));
  await evas.goto(at('mulberry', '/team/ownership'));
  await evas.getByRole('button', { name: 'Become the owner' }).click();
  await evas.keyboard.press('Escape');
  await expect(evas.getByRole('button', { name: 'Become the owner' })).toBeFocused();
  await evas.getByRole('button', { name: 'Become the owner' }).click();
  await evas.getByRole('alertdialog').getByRole('button', { name: 'Become the owner' }).click();
  await expect(evas.getByText('You are the owner now.')).toBeVisible();
  await page.goto(at('mulberry', '/team/ownership'));
  await expect(page.getByText('No offer is open for you.')).toBeVisible();
  await accessible('ownership-none');
  await page.goto(at('mulberry', '/team'));
  await page.getByRole('link', { name: 'Eva Elsewhere' }).click();
  await expect(page.getByText('You cannot change this person’s rights: the role Owner allows more than yours.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Deactivate' })).toBeHidden();
});
