import { mkdirSync } from 'node:fs';
import sharp from 'sharp';
import { demoPatients } from '../scripts/stack/demo-patients';
import { connect } from '../tests/support/database';
import { at, expect, freshClinic, mailedLink, signIn, test } from './fixtures';

/** Where the pictures of the landing page go; `PICTURES=public/product npm test -- e2e landing` renews them. */
const pictures = process.env.PICTURES ?? '.local/test/product';

test('the pictures of the product', async ({ page }) => {
  mkdirSync(pictures, { recursive: true });
  const sql = await connect();
  const clinic = await freshClinic(sql, 'hazel', 'Hazel Family Clinic');
  await sql.query(
    `insert into public.patients (tenant_id, given_name, family_name, birth_date, sex, mobile_phone, email, address_line1, city, region,
       postal_code, country, external_id, remarks, consent_email, consent_sms, consent_phone)
     select $1, p.* from jsonb_to_recordset($2) as p (given_name text, family_name text, birth_date date, sex text, mobile_phone text,
       email text, address_line1 text, city text, region text, postal_code text, country text, external_id text, remarks text,
       consent_email boolean, consent_sms boolean, consent_phone boolean)`,
    [clinic.id, JSON.stringify(demoPatients(60))],
  );
  const { rows } = await sql.query(
    `select id, given_name || ' ' || family_name as name from public.patients where tenant_id = $1 and remarks is not null order by name_key limit 1`,
    [clinic.id],
  );
  await sql.end();

  await page.setViewportSize({ width: 1200, height: 750 });
  async function take(name: string) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const picture = await page.screenshot();
      await sharp(picture).webp({ quality: 82 }).toFile(`${pictures}/${name}-${colorScheme}.webp`);
    }
  }
  await signIn(page, 'hazel', 'owner@hazel.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.goto(at('hazel', '/patients'));
  await expect(page.getByRole('table')).toBeVisible();
  await take('patients');
  await page.goto(at('hazel', `/patients/${rows[0].id}`));
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await take('record');
  await page.goto(at('hazel', '/settings'));
  await page.getByRole('heading', { name: 'Logo' }).scrollIntoViewIfNeeded();
  await page.getByLabel('Colour', { exact: true }).fill('#7a3e9d');
  await expect(page.getByText('Reads well')).toBeVisible();
  await page.getByRole('heading', { name: 'Sessions' }).scrollIntoViewIfNeeded();
  await take('settings');
  await page.goto(at('hazel', '/patients/import'));
  const people = demoPatients(90).slice(60);
  const lines = people.map((p, n) => `C-${n},${n === 7 ? '' : p.given_name},${p.family_name},${n === 12 ? '2031-01-01' : p.birth_date}`);
  await page.getByLabel(/Choose a CSV file/).setInputFiles({
    name: 'patients of the old system.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(['id,first,last,dob', ...lines].join('\n')),
  });
  await page.getByRole('button', { name: 'Check the file' }).click();
  await expect(page.getByRole('button', { name: 'Import 28 rows' })).toBeVisible();
  await take('import');
  await page.getByRole('button', { name: 'Import nothing' }).click();
  await expect(page.getByText('Nothing imported').first()).toBeVisible();
});

test('the landing page shows the product, the price page compares the plans of the database', async ({ page, accessible }) => {
  await page.goto(at(''));
  const shown = page.getByRole('figure').locator('img:visible');
  await expect(shown).toHaveCount(4);
  for (const image of await shown.all()) {
    await image.scrollIntoViewIfNeeded();
    await expect.poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBeGreaterThan(300);
  }
  await page.getByText('Are you HIPAA compliant?').click();
  await expect(page.getByText('Compliance is something an organisation does')).toBeVisible();

  await page.getByRole('link', { name: 'See prices' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Prices' })).toBeVisible();
  await expect(page.getByText('$99', { exact: true })).toBeVisible();
  await page.getByText('Yearly, two months free').click();
  await expect(page.getByText('$990', { exact: true })).toBeVisible();
  await expect(page.getByRole('row', { name: /^Active patients/ })).toHaveText(/100.*1,000.*5,000.*unlimited/);
  await expect(page.getByRole('row', { name: /^Storage/ })).toHaveText(/10 GB.*50 GB.*200 GB.*1 TB/);
  await expect(page.getByRole('row', { name: /^Import/ }).getByRole('img', { name: 'included', exact: true })).toHaveCount(3);
  await accessible('pricing');
});

test('find my clinic mails the addresses, and says the same to everybody', async ({ page, accessible }) => {
  for (const email of ['owner@alder.test', 'nobody@nowhere.test']) {
    await page.goto(at('', '/find'));
    if (email.startsWith('owner')) await accessible('find');
    await page.getByLabel('E-mail').fill(email);
    await page.getByRole('button', { name: 'Send me the address' }).click();
    await expect(page.getByText(`If ${email} belongs to somebody at a clinic`)).toBeVisible();
  }
  expect(await mailedLink('owner@alder.test', /^Your clinics$/)).toBe(at('alder', ''));
});
