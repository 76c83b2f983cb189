import type { Page } from '@playwright/test';
import type pg from 'pg';
import { connect } from '../tests/support/database';
import { stack } from '../tests/support/env';
import { cookieOf } from '../tests/support/http';
import { holdUnpaid, loadWorld } from '../tests/support/world';
import { at, expect, type FreshClinic, freshClinic, signIn, test } from './fixtures';

/** Text that would run if a page took it for anything but text. Each sets `window.executed`. */
const payloads = [
  '<script>window.executed=1</script>',
  '"><img src=x onerror=window.executed=1>',
  "'><svg onload=window.executed=1>",
  '</title></textarea><script>window.executed=1</script>',
  '</script><script>window.executed=1</script>',
  '<iframe srcdoc="<script>parent.executed=1</script>">',
  'javascript:window.executed=1//',
  "';window.executed=1;//",
  '`$\u007Bwindow.executed=1}`',
  '{{constructor.constructor("window.executed=1")()}}',
  '\u2028window.executed=1//',
  '<a href="javascript:window.executed=1">open</a>',
  '<math><mglyph><style><img src=x onerror=window.executed=1>',
  '=HYPERLINK("javascript:window.executed=1")',
];
const world = loadWorld();
let sql: pg.Client;
let maple: FreshClinic;

test.beforeAll(async () => {
  sql = await connect();
  maple = await freshClinic(sql, 'maple', 'Maple Clinic');
  await sql.query('update public.tenants set name = $2 where id = $1', [maple.id, payloads[1]]);
  await sql.query('update public.profiles set full_name = $2, email_verified_at = now() where user_id = $1', [maple.ownerId, payloads[0]]);
  for (const [index, payload] of payloads.entries()) {
    await sql.query(
      `insert into public.patients (tenant_id, given_name, family_name, birth_date, mobile_phone, home_phone, email, address_line1, address_line2,
         city, region, postal_code, external_id, remarks)
       values ($1, $2, $2, '1980-01-01', left($2, 40), left($2, 40), $2, $2, $2, $2, $2, left($2, 20), $2, $2)`,
      [maple.id, `${payload} ${index}`],
    );
  }
});
test.afterAll(() => sql.end());

/** Fails when text has become an element or has run. The console, which tells of what the policy blocked, is watched as ever. */
async function expectOnlyText(page: Page, where: string): Promise<void> {
  const found = await page.evaluate(() => ({
    executed: (window as unknown as { executed?: number }).executed ?? null,
    elements: document.querySelectorAll('img[src="x"], [onerror], [onload], iframe, math, a[href^="javascript:"]').length,
  }));
  expect(found, where).toEqual({ executed: null, elements: 0 });
}

test('X1 text in every field of a clinic and its patients stays text', async ({ page }) => {
  test.setTimeout(180_000);
  await signIn(page, 'maple', 'owner@maple.test');
  await expect(page.getByRole('heading', { name: `Welcome, ${payloads[0]}` })).toBeVisible();
  await expectOnlyText(page, 'dashboard');
  const { rows } = await sql.query('select id, given_name from public.patients where tenant_id = $1', [maple.id]);
  for (const path of ['/patients', '/patients?sort=updated', '/settings', '/account', '/billing', '/patients/import', '/patients/new']) {
    await page.goto(at('maple', path));
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectOnlyText(page, path);
  }
  for (const { id, given_name } of rows) {
    await page.goto(at('maple', `/patients/${id}`));
    await expect(page.getByRole('heading', { level: 1 })).toContainText(given_name.trim());
    await expectOnlyText(page, `record of ${given_name}`);
    await page.goto(at('maple', `/patients/${id}/edit`));
    await expect(page.getByLabel('First name')).toHaveValue(given_name);
    await expectOnlyText(page, `form of ${given_name}`);
  }
  await page.goto(at('maple', '/patients'));
  for (const payload of payloads.slice(0, 4)) {
    await page.getByLabel('Search').fill(payload);
    await expect(page.getByRole('status').filter({ hasText: / found$/ })).toBeAttached();
    await expectOnlyText(page, `search for ${payload}`);
  }
  for (const payload of payloads) {
    const query = new URLSearchParams([
      ['sort', payload],
      ['after', payload],
      ['show', payload],
      ['saved', payload],
      ['ended', payload],
    ]);
    await page.goto(at('maple', `/patients?${query}#${encodeURIComponent(payload)}`));
    await expectOnlyText(page, `address with ${payload}`);
  }
});

test('X1 what is typed into forms, and a file’s name, headings and cells, stay text', async ({ page }) => {
  await signIn(page, 'maple', 'owner@maple.test');
  await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
  await page.goto(at('maple', '/settings'));
  const fields = page.locator(
    'form input[type="text"]:enabled, form input:not([type]):enabled, form input[type="tel"]:enabled, form input[type="email"]:enabled',
  );
  for (let index = 0; index < (await fields.count()); index++) await fields.nth(index).fill(payloads[index % payloads.length] ?? '');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await expectOnlyText(page, 'settings that were refused');

  await page.goto(at('maple', '/patients/import'));
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = [
    ['First name', 'Last name', 'Birth date', payloads[1] ?? ''].map(cell).join(','),
    ...payloads.map((payload) => [payload, payload, 'never', payload].map(cell).join(',')),
  ];
  await page
    .locator('input[type="file"]')
    .setInputFiles({ name: `${payloads[2]}.csv`, mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) });
  await expect(page.getByText(payloads[1] ?? '', { exact: true }).first()).toBeVisible();
  await expectOnlyText(page, 'the columns of a file');
  await page.getByRole('button', { name: /Check/ }).click();
  await expect(page).toHaveURL(/\/patients\/import\/[0-9a-f-]{36}/);
  await expect(page.getByText(/refused|cannot|problem/i).first()).toBeVisible();
  await expectOnlyText(page, 'the bad rows of a file');
});

test('X1 before the sign-in, on the platform and in mails, a clinic’s name and a hold’s reason stay text', async ({ page, browser }) => {
  await page.goto(at('maple', '/login'));
  await expect(page.getByText(payloads[1] ?? '')).toBeVisible();
  await expectOnlyText(page, 'sign-in');
  await page.goto(at('maple', '/forgot-password'));
  await page.getByLabel('E-mail').fill('owner@maple.test');
  await page.getByRole('button', { name: /Send|mail/i }).click();

  const context = await browser.newContext();
  const [name = '', ...value] = (await cookieOf(world.people.platform_admin)).split('=');
  await context.addCookies([{ name, value: value.join('='), url: at('admin') }]);
  const platform = await context.newPage();
  await holdUnpaid(sql, maple.id, payloads[4] ?? '');
  for (const path of [
    '/clinics',
    `/clinics?search=${encodeURIComponent(payloads[0] ?? '')}`,
    `/clinics/${maple.id}`,
    `/clinics/${maple.id}/audit`,
  ]) {
    await platform.goto(at('admin', path));
    await expect(platform.getByRole('heading', { level: 1 })).toBeVisible();
    await expectOnlyText(platform, path);
  }
  await platform.goto(at('admin', `/clinics/${maple.id}`));
  await expect(platform.getByText(payloads[4] ?? '')).toBeVisible();
  await signIn(page, 'maple', 'owner@maple.test');
  await expect(page.getByText(payloads[4] ?? '')).toBeVisible();
  await expectOnlyText(page, 'on hold');

  // A mail program has no policy of ours: here nothing but the escaping protects.
  const mails = async () => {
    const { data } = (await (await fetch(`${stack.RESEND_API_URL}/emails`)).json()) as { data: { to: string[]; html: string }[] };
    return data.filter(({ to }) => to.includes('owner@maple.test')).map(({ html }) => html);
  };
  await expect.poll(async () => (await mails()).some((html) => html.includes('&lt;img') || html.includes('&quot;&gt;'))).toBe(true);
  const reader = await context.newPage();
  for (const html of await mails()) {
    await reader.setContent(html);
    await expectOnlyText(reader, 'a mail');
  }
  await context.close();
});
