import type pg from 'pg';
import { connect } from '../tests/support/database';
import { stack } from '../tests/support/env';
import { addMember, createPerson } from '../tests/support/world';
import { at, expect, freshClinic, mailedLink, signIn, test } from './fixtures';

test.describe.configure({ mode: 'serial' });

let sql: pg.Client;
test.beforeAll(async () => {
  sql = await connect();
  const clinics = [await freshClinic(sql, 'poplar', 'Poplar Clinic'), await freshClinic(sql, 'sorrel', 'Sorrel Clinic of the Long Name')];
  const rosa = await createPerson(stack, 'rosa@poplar.test');
  for (const { id } of clinics) await addMember(sql, id, rosa, 'staff', 'Rosa Both');
});
test.afterAll(() => sql.end());

test('who works at two clinics moves between them without a password, and is signed in at each by itself', async ({ page, accessible }) => {
  await page.goto(at('sorrel'));
  await expect(page).toHaveURL(at('sorrel', '/login'));
  await signIn(page, 'poplar', 'rosa@poplar.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  // Being signed in at one gives nothing at the other.
  await page.goto(at('sorrel'));
  await expect(page).toHaveURL(at('sorrel', '/login'));
  await page.goto(at('poplar'));
  await page.getByRole('button', { name: /^Your menu/ }).click();
  await page.getByRole('link', { name: 'Your clinics' }).click();
  await expect(page.getByText('You are here')).toBeVisible();
  await accessible('clinics');
  await page.getByRole('button', { name: 'Go to Sorrel Clinic of the Long Name' }).click();
  await expect(page).toHaveURL(at('sorrel', '/'));
  await expect(page.getByRole('heading', { name: 'Welcome, Rosa Both' })).toBeVisible();
  await page.getByRole('button', { name: /^Your menu/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(at('sorrel', '/login'));
  await page.goto(at('poplar'));
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
});

test('a person changes their name and their address', async ({ page, accessible }) => {
  await signIn(page, 'poplar', 'rosa@poplar.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.goto(at('poplar', '/account'));
  await page.getByLabel('Your name').fill('');
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByText('Enter your name.')).toBeVisible();
  await page.getByLabel('Your name').fill('Rosa Anders');
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByText('Your name is saved.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Your menu, Rosa Anders' })).toBeVisible();

  await page.getByLabel('New e-mail address').fill('rosa.anders@poplar.test');
  await page.getByLabel('Your password', { exact: true }).fill('not the right words');
  await page.getByRole('button', { name: 'Change e-mail' }).click();
  await expect(page.getByText('This is not your current password.')).toBeVisible();
  await expect(page.getByLabel('New e-mail address')).toHaveValue('rosa.anders@poplar.test');
  await page.getByLabel('Your password', { exact: true }).fill('seven quiet lighthouses');
  await page.getByRole('button', { name: 'Change e-mail' }).click();
  await expect(page.getByText('a mail with a link is on its way there')).toBeVisible();
  await accessible('account-email');
  await mailedLink('rosa@poplar.test', /about to change/);
  const link = await mailedLink('rosa.anders@poplar.test', /confirm your new address/);
  await page.goto(link);
  await expect(page.getByText('This is your address now.')).toBeVisible();
  await accessible('confirm-email');
  await page.goto(at('poplar', '/account'));
  await expect(page.getByRole('main').getByText('rosa.anders@poplar.test')).toBeVisible();
  await page.getByRole('button', { name: /^Your menu/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(at('poplar', '/login'));
  await signIn(page, 'poplar', 'rosa@poplar.test');
  await expect(page.getByText('This e-mail address and password do not match.')).toBeVisible();
  await signIn(page, 'poplar', 'rosa.anders@poplar.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
});
