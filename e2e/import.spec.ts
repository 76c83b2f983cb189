import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import Papa from 'papaparse';
import type pg from 'pg';
import { connect } from '../tests/support/database';
import { givePlan } from '../tests/support/world';
import { at, expect, type FreshClinic, freshClinic, signIn, test } from './fixtures';

const synthea = 'tests/data/synthea/patients.csv';
let sql: pg.Client;
let juniper: FreshClinic;
let linden: FreshClinic;
test.beforeAll(async () => {
  sql = await connect();
  juniper = await freshClinic(sql, 'juniper', 'Juniper Clinic');
  linden = await freshClinic(sql, 'linden', 'Linden Clinic');
});
test.afterAll(() => sql.end());

async function open(page: Page, clinic: string) {
  await signIn(page, clinic, `owner@${clinic}.test`);
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.goto(at(clinic, '/patients/import'));
}
const csv = (text: string, name = 'people.csv') => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
const choose = (page: Page, file: Parameters<ReturnType<Page['getByLabel']>['setInputFiles']>[0]) =>
  page.getByLabel(/Choose a CSV file/).setInputFiles(file);

test('import a file of another system as it is, twice, and find what it brought', async ({ page, accessible }) => {
  await open(page, 'juniper');
  await accessible('import-start');
  await choose(page, synthea);
  await expect(page.getByLabel('BIRTHDATE', { exact: true })).toHaveValue('birth_date');
  await expect(page.getByLabel('SSN', { exact: true })).toHaveValue('');
  await accessible('import-mapping');
  await page.getByRole('button', { name: 'Check the file' }).click();
  const button = page.getByRole('button', { name: 'Import 27 rows' });
  await expect(button).toBeVisible();
  await accessible('import-checked');
  // Nothing of the columns that were left out is anywhere in the database.
  const { rows } = await sql.query('select cells::text from private.patient_import_rows where tenant_id = $1', [juniper.id]);
  expect(rows).toHaveLength(27);
  expect(JSON.stringify(rows)).not.toContain('999-17-5017');
  await page.goto(at('juniper', '/patients/import'));
  await page.getByRole('link', { name: 'patients.csv' }).first().click();
  await button.click();
  await expect(page.getByText('27 patients added, 0 patients updated.')).toBeVisible();
  await accessible('import-done');
  await page.getByRole('link', { name: 'Go to patients' }).click();
  await page.getByRole('searchbox').fill('mosciski maynard');
  await expect(page.getByRole('link', { name: /Mosciski958/ })).toBeVisible();

  await page.goto(at('juniper', '/patients/import'));
  await choose(page, csv(readFileSync(synthea, 'utf8').replace('Maynard46', 'Maynardo')));
  await page.getByRole('button', { name: 'Check the file' }).click();
  await page.getByRole('button', { name: 'Import 27 rows' }).click();
  await expect(page.getByText('0 patients added, 1 patient updated. 26 patients had nothing to change.')).toBeVisible();
  const left = await sql.query('select count(*)::int as n from private.patient_import_rows where tenant_id = $1', [juniper.id]);
  expect(left.rows[0].n).toBe(0);
});

test('adjust the columns, see each refused line with its reason, download them, import the rest', async ({ page, accessible }) => {
  await open(page, 'juniper');
  await choose(page, csv('PK\u0003\u0004', 'list.xlsx'));
  await expect(page.getByText('This is a spreadsheet file.')).toBeVisible();
  await choose(page, csv('only one heading\n'));
  await expect(page.getByText('No columns were found.')).toBeVisible();

  const file = [
    'Nr;Rufname;Nachname;Geboren;Telefon;Notes',
    'K-1;Anna;Müller;31.12.1980;\'+49 30 123456;"two\nlines"',
    'K-2;;Schmidt;1.2.1990;;',
    '',
    'K-3;Jan;Becker;31.02.1990;12;',
    'K-1;Eva;Klein;3.4.1991;;',
    'K-4;Uwe;Groß;5.6.1992;;"=HYPERLINK(""http://evil.example"")"',
    'K-5;Ole;Sand;5.6.1992;;one;cell too many',
    'K-6;Ole;Sand',
  ].join('\r\n');
  await choose(page, csv(file, 'a list with quite a long name that somebody once gave it, second version, final.csv'));
  await expect(page.getByText('Choose the column of first name and of birth date.')).toBeVisible();
  await page.getByLabel('Nr', { exact: true }).selectOption({ label: 'External id' });
  await page.getByLabel('Rufname').selectOption({ label: 'First name' });
  await page.getByLabel('Geboren').selectOption({ label: 'Birth date' });
  await page.getByLabel('Telefon').selectOption({ label: 'Mobile phone' });
  await page.getByLabel('Dates are written like').selectOption({ label: '31.12.1980' });
  await page.getByRole('button', { name: 'Check the file' }).click();
  await expect(page.getByRole('button', { name: 'Import 2 rows' })).toBeVisible();
  const refused = page.getByRole('listitem').filter({ hasText: /^Line/ });
  await expect(refused).toHaveText([
    'Line 4First name: Enter the first name.',
    'Line 6Birth date: Enter the birth date. Mobile phone: Enter a phone number such as +1 617 555 0123.',
    'Line 7External id: line 2 has the same one.',
    'Line 9This row has 7 cells, the headings are 6.',
    'Line 10This row has 3 cells, the headings are 6.',
  ]);
  await accessible('import-refused');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download all 5' }).click();
  const saved = readFileSync(await (await downloading).path(), 'utf8');
  expect(saved).toContain('"Line","Problem","External id","First name","Last name","Birth date","Mobile phone","Remarks"');
  expect(saved).toContain('"4","First name: Enter the first name.","K-2","","Schmidt","1.2.1990","",""');
  await page.getByRole('button', { name: 'Import 2 rows' }).click();
  await expect(page.getByText('2 patients added, 0 patients updated.')).toBeVisible();
  const { rows } = await sql.query(
    `select mobile_phone, remarks from public.patients where tenant_id = $1 and external_id like 'K-%' order by external_id`,
    [juniper.id],
  );
  expect(rows).toEqual([
    { mobile_phone: '+49 30 123456', remarks: 'two\nlines' },
    { mobile_phone: null, remarks: '=HYPERLINK("http://evil.example")' },
  ]);
});

test('X2 an export is neutral in a spreadsheet and comes back unchanged', async ({ page, expectErrors }) => {
  expectErrors(/403 \(Forbidden\)/);
  await sql.query('update public.profiles set email_verified_at = null where user_id = $1', [juniper.ownerId]);
  await open(page, 'juniper');
  await page.goto(at('juniper', '/patients'));
  await page.getByRole('button', { name: 'Export' }).click();
  await expect(page.getByText('Please confirm your e-mail address first')).toBeVisible();
  await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [juniper.ownerId]);
  await sql.query(
    `insert into public.patients (tenant_id, given_name, family_name, birth_date, external_id, remarks, consent_sms, country, mobile_phone)
     values ($1, '=1+1', '@SUM(A1)', '1970-01-01', '-X2', '＝cmd|''/c calc''!A0', true, 'DE', '+49 30 998877')`,
    [juniper.id],
  );
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  const path = await (await downloading).path();
  const cells = Papa.parse<string[]>(readFileSync(path, 'utf8')).data.flat();
  expect(cells.filter((cell) => /^[=+\-@\t\r＝＋－＠]/.test(cell))).toEqual([]);
  expect(cells).toEqual(expect.arrayContaining(["'=1+1", "'@SUM(A1)", "'-X2", "'+49 30 998877"]));

  await page.goto(at('juniper', '/patients/import'));
  await choose(page, path);
  await page.getByRole('button', { name: 'Check the file' }).click();
  await page.getByRole('button', { name: /^Import \d+ rows/ }).click();
  await expect(page.getByText(/^0 patients added, 0 patients updated\. \d+ patients had nothing to change\.$/)).toBeVisible();
});

test('a file over the plan’s limit is refused beforehand, with the number', async ({ page, accessible }) => {
  await open(page, 'juniper');
  const rows = Array.from({ length: 5001 }, (_, n) => `L-${n},Lena,Over${n},1990-01-01`);
  await choose(page, csv(['id,first,last,dob', ...rows].join('\n')));
  await page.getByRole('button', { name: 'Check the file' }).click();
  await expect(page.getByText(/Your plan holds 5,000 active patients and \d+ are in use/)).toBeVisible();
  await expect(page.getByText('this file has 5,001 new ones')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Import \d/ })).toBeHidden();
  await accessible('import-over-limit');
  await page.getByRole('button', { name: 'Import nothing' }).click();
  await expect(page.getByText('Nothing imported').first()).toBeVisible();
});

test('a patient over the plan’s limit is refused, and what was typed is kept', async ({ page }) => {
  const counter = `update public.usage_counters set used = used + $2 where tenant_id = $1 and metric = 'patients' and period = 'total'`;
  const { rows } = await sql.query(
    `select 5000 - used as room from public.usage_counters where tenant_id = $1 and metric = 'patients' and period = 'total'`,
    [juniper.id],
  );
  await open(page, 'juniper');
  await page.goto(at('juniper', '/patients/new'));
  await page.getByLabel('First name').fill('One');
  await page.getByLabel('Last name').fill('Too Many');
  await page.getByLabel('Birth date').fill('1980-01-01');
  await sql.query(counter, [juniper.id, rows[0].room]);
  await page.getByRole('button', { name: 'Add patient' }).click();
  await expect(page.getByRole('alert').getByText('Your plan allows 5,000 active patients, and all are in use.')).toBeVisible();
  await expect(page.getByLabel('Last name')).toHaveValue('Too Many');
  await sql.query(counter, [juniper.id, -rows[0].room]);
  await page.getByRole('button', { name: 'Add patient' }).click();
  await expect(page.getByRole('heading', { name: /Too Many/ })).toBeVisible();
});

test('50,000 rows are imported while another clinic works on', async ({ page, browser }) => {
  test.setTimeout(300_000);
  await givePlan(sql, linden.id, 'enterprise');
  await open(page, 'linden');
  const rows = Array.from(
    { length: 50_000 },
    (_, n) => `B-${n},Given${n % 997},Family${n % 4001},19${String(n % 90).padStart(2, '0')}-03-0${(n % 9) + 1},${n}`,
  );
  await choose(page, csv(['id,first,last,dob,ssn', ...rows].join('\n')));
  await page.getByRole('button', { name: 'Check the file' }).click();
  await page.getByRole('button', { name: 'Import 50,000 rows' }).click({ timeout: 120_000 });
  await expect(page.getByRole('heading', { name: 'Importing' })).toBeVisible();

  const other = await (await browser.newContext()).newPage();
  await signIn(other, 'alder', 'practitioner@alder.test');
  await expect(other.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await other.goto(at('alder', '/patients/new'));
  await other.getByLabel('First name').fill('Meanwhile');
  await other.getByLabel('Last name').fill('Working');
  await other.getByLabel('Birth date').fill('1980-01-01');
  await other.getByRole('button', { name: 'Add patient' }).click();
  await expect(other.getByRole('heading', { name: /Meanwhile/ })).toBeVisible();

  await expect(page.getByText('50,000 patients added, 0 patients updated.')).toBeVisible({ timeout: 180_000 });
  await page.goto(at('linden', '/patients'));
  await expect(page.getByText(/50,00\d active/)).toBeVisible();
});
