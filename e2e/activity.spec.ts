import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { connect } from '../tests/support/database';
import { stack } from '../tests/support/env';
import { addMember, addPatient, createPerson } from '../tests/support/world';
import { at, expect, freshClinic, mailedLink, signIn, test } from './fixtures';

test.describe.configure({ mode: 'serial' });

let sql: pg.Client;
let clinic: string;
let patient: string;
test.beforeAll(async () => {
  sql = await connect();
  const { id, ownerId } = await freshClinic(sql, 'walnut', 'Walnut Clinic');
  clinic = id;
  await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [ownerId]);
  await addMember(sql, id, await createPerson(stack, 'staff@walnut.test'), 'staff', 'Wilma With-A-Rather-Long-Name-Indeed');
  patient = await addPatient(sql, id, 'Opened');
  for (let n = 0; n < 60; n++) await addPatient(sql, id, `Many ${n}`);
});
test.afterAll(() => sql.end());

test('who opened a record stands on it, and in the log', async ({ page, browser, accessible }) => {
  const context = await browser.newContext();
  const staff = await context.newPage();
  await signIn(staff, 'walnut', 'staff@walnut.test');
  await expect(staff.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await staff.goto(at('walnut', `/patients/${patient}`));
  await expect(staff.getByRole('heading', { name: 'Pat Opened' })).toBeVisible();
  await expect(staff.getByText('Who has opened this record')).toBeHidden();
  expect((await staff.goto(at('walnut', '/activity')))?.status()).toBe(403);
  await expect(staff.getByRole('heading', { name: 'Your role does not open this page' })).toBeVisible();
  await context.close();

  await signIn(page, 'walnut', 'owner@walnut.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.goto(at('walnut', `/patients/${patient}`));
  const openings = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Who has opened this record' }) });
  await expect(openings.getByRole('listitem')).toHaveCount(2);
  await expect(openings).toContainText('Wilma With-A-Rather-Long-Name-Indeed');
  await accessible('record-openings');
  await openings.getByRole('link', { name: 'Everything about this record' }).click();
  await expect(page.getByText('About one record only.')).toBeVisible();
  await expect(page.getByRole('main').getByRole('list').getByText('Added a patient')).toBeVisible();

  await page.getByRole('link', { name: 'Activity', exact: true }).click();
  await expect(page.getByText('needs audit.read')).toBeVisible();
  await accessible('activity');
  await page.getByRole('link', { name: 'Older' }).click();
  await expect(page.getByRole('link', { name: 'Newer' })).toBeVisible();
  await page.getByRole('link', { name: 'Newer' }).click();
  await expect(page.getByRole('link', { name: 'Newer' })).toBeHidden();
  await page.getByLabel('Person').selectOption({ label: 'Wilma With-A-Rather-Long-Name-Indeed' });
  await page.getByLabel('What').selectOption({ label: 'Opened a patient’s record' });
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page).toHaveURL(/person=[0-9a-f-]{36}&action=patients\.opened/);
  await expect(page.getByRole('main').getByRole('listitem')).toHaveCount(1);
  await page.getByLabel('To').fill('2020-01-01');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page.getByText('Nothing in the log matches this.')).toBeVisible();
});

test('the log is verified, exported, and a broken one is named', async ({ page }) => {
  await signIn(page, 'walnut', 'owner@walnut.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.goto(at('walnut', '/activity'));
  await page.getByRole('button', { name: 'Verify the log' }).click();
  await expect(page.getByText(/entries verified: none was changed, moved or removed/)).toBeVisible();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()]);
  expect(download.suggestedFilename()).toBe('activity.csv');
  const text = await readFile(await download.path(), 'utf8');
  expect(text.split('\r\n').length).toBeGreaterThan(62);
  expect(text).toContain('"Opened a patient’s record"');
  expect(text).not.toContain('Many 1');

  await expect
    .poll(async () => (await sql.query('select count(*)::int as n from private.audit_chain where tenant_id = $1', [clinic])).rows[0].n)
    .toBeGreaterThan(60);
  await sql.query('begin');
  await sql.query('set local session_replication_role = replica');
  const { rows } = await sql.query(
    `update public.audit_log set record_id = null
     where tenant_id = $1 and id = (select entry_id from private.audit_chain where tenant_id = $1 and position = 30) returning id`,
    [clinic],
  );
  await sql.query('commit');
  await page.getByRole('button', { name: 'Verify the log' }).click();
  await expect(page.getByText(`Entry ${rows[0].id} at position 30 of the chain was changed or moved.`)).toBeVisible();
});

test('a suspicion becomes an alert and a mail, and is closed with a note', async ({ page, browser, accessible }) => {
  await sql.query(`update private.security_rules set threshold = 3 where key = 'many_refusals'`);
  const context = await browser.newContext();
  const staff = await context.newPage();
  await signIn(staff, 'walnut', 'staff@walnut.test');
  await expect(staff.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  for (const path of ['/settings/../activity', '/billing', '/team/invite', '/activity/alerts']) await staff.goto(at('walnut', path));
  await context.close();

  expect(await mailedLink('owner@walnut.test', /security alert/)).toBe(at('walnut', '/activity/alerts'));
  await sql.query(`update private.security_rules set threshold = 10000 where key = 'many_refusals'`);
  await signIn(page, 'walnut', 'owner@walnut.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.goto(at('walnut', '/activity/alerts'));
  await expect(page.getByRole('heading', { name: 'Many refusals' })).toBeVisible();
  await accessible('alerts');
  await page.getByRole('button', { name: 'Close the alert' }).click();
  await expect(page.getByText('Say what it was, or what you did.')).toBeVisible();
  await page.getByLabel('Note').fill('Wilma is new and was looking around.');
  await page.getByRole('button', { name: 'Close the alert' }).click();
  await expect(page.getByText('The alert is closed.')).toBeVisible();
  await expect(page.getByText('Wilma is new and was looking around.')).toBeVisible();
  await expect(page.getByText('0 open alerts')).toBeVisible();
});
