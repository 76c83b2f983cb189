import sharp from 'sharp';
import { connect } from '../tests/support/database';
import { stack } from '../tests/support/env';
import { loadWorld } from '../tests/support/world';
import { at, expect, mailedLink, signIn, test } from './fixtures';

const { clinics } = loadWorld();

test('change the clinic’s profile; what was typed stays when it is refused', async ({ page, accessible }) => {
  await signIn(page, 'alder', 'admin@alder.test');
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByText(new URL(at('alder')).host, { exact: true })).toBeVisible();
  await accessible('settings');
  await page.getByLabel('Website').fill('no dots');
  await page.getByLabel('City').fill('Boston');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await expect(page.getByText('Enter an address such as https://clinic.com.')).toBeVisible();
  await expect(page.getByLabel('City')).toHaveValue('Boston');
  await page.getByLabel('Website').fill('alder.example');
  await page.getByLabel('Name of the clinic').fill('Alder Family Clinic');
  await page.getByLabel('Time zone').selectOption('America/New_York');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await expect(page.getByText('The clinic’s profile is saved.')).toBeVisible();
  await expect(page.getByLabel('Website')).toHaveValue('https://alder.example');
  await expect(page.getByRole('banner').getByText('Alder Family Clinic')).toBeVisible();
});

test('the colour and the logo are seen at once: in the app, on the sign-in page, in mails', async ({ page, accessible, expectErrors }) => {
  expectErrors(/404 \(Not Found\).*\/logo\//);
  await signIn(page, 'alder', 'admin@alder.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.goto(at('alder', '/settings'));
  const colour = page.getByLabel('Colour', { exact: true });
  await colour.fill('#ffcc00');
  await expect(page.getByText('Too light: its contrast to white is 1.5, texts need 4.5.')).toBeVisible();
  await page.getByRole('button', { name: 'Save colour' }).click();
  await expect(page.getByText('Choose a darker shade.')).toBeVisible();
  await expect(colour).toHaveValue('#ffcc00');
  await colour.fill('#9a1f5c');
  await expect(page.getByText('Reads well')).toBeVisible();
  await page.getByRole('button', { name: 'Save colour' }).click();
  await expect(page.getByText('The clinic’s colour is saved.')).toBeVisible();
  const background = () => page.getByRole('button', { name: 'Save colour' }).evaluate((button) => getComputedStyle(button).backgroundColor);
  expect(await background()).toBe('rgb(154, 31, 92)');

  await page
    .getByLabel('Image')
    .setInputFiles({ name: 'logo.svg', mimeType: 'image/png', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') });
  await page.getByRole('button', { name: 'Save logo' }).click();
  await expect(page.getByText('Choose a PNG, JPEG or WebP image.')).toBeVisible();
  const picture = await sharp({ create: { width: 600, height: 200, channels: 4, background: '#9a1f5c' } })
    .png()
    .toBuffer();
  await page.getByLabel('Image').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: picture });
  await page.getByRole('button', { name: 'Save logo' }).click();
  await expect(page.getByText('The clinic’s logo is saved.')).toBeVisible();
  const logo = page.getByRole('banner').locator('img');
  await expect.poll(() => logo.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(320);
  await accessible('settings-branded');

  await page.getByRole('button', { name: /Your menu/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(at('alder', '/login'));
  expect(await page.getByRole('button', { name: 'Sign in' }).evaluate((button) => getComputedStyle(button).backgroundColor)).toBe(
    'rgb(154, 31, 92)',
  );
  await accessible('login-branded');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await expect(page.getByRole('heading', { name: 'Reset your password' })).toBeVisible();
  await page.getByLabel('E-mail').fill('admin@alder.test');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await mailedLink('admin@alder.test', /new password/);
  const { data } = (await (await fetch(`${stack.RESEND_API_URL}/emails`)).json()) as { data: { to: string[]; html: string }[] };
  const mail = data.find(({ to }) => to.includes('admin@alder.test'));
  expect(mail?.html).toContain('#9a1f5c');
  const source = /<img[^>]*src="([^"]+)"/.exec(mail?.html ?? '')?.[1] ?? '';
  expect(source).toMatch(new RegExp(`^${at('alder', '/logo/')}[0-9a-f]{32}$`));
  const status = (address: string) => page.evaluate(async (url) => (await fetch(url)).status, new URL(address).pathname);
  await page.goto(at('alder', '/login'));
  expect(await status(source)).toBe(200);

  // A clinic shows its own brand only.
  await page.goto(at('birch', '/login'));
  expect(await page.getByRole('button', { name: 'Sign in' }).evaluate((button) => getComputedStyle(button).backgroundColor)).not.toBe(
    'rgb(154, 31, 92)',
  );
  expect(await status(source)).toBe(404);
});

test('who may not change the settings sees them locked', async ({ page, accessible }) => {
  await signIn(page, 'alder', 'practitioner@alder.test');
  await page.getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByText('Your role does not allow changing these.')).toBeVisible();
  await expect(page.getByLabel('Name of the clinic')).toBeDisabled();
  await accessible('settings-locked');
});

test('S1 shorter limits bite at once', async ({ page, browser }) => {
  await signIn(page, 'alder', 'admin@alder.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  const idle = await (await browser.newContext()).newPage();
  await signIn(idle, 'alder', 'practitioner@alder.test');
  await expect(idle.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  const sql = await connect();
  await sql.query(
    `update private.tenant_sessions set last_seen_at = now() - interval '6 minutes' where ended_at is null and user_id =
    (select id from auth.users where email = 'practitioner@alder.test') and tenant_id = $1`,
    [clinics.alder.id],
  );
  await sql.end();
  await page.goto(at('alder', '/settings'));
  await page.getByLabel('Minutes without activity').fill('4');
  await page.getByRole('button', { name: 'Save limits' }).click();
  await expect(page.getByText('At least 5 minutes.')).toBeVisible();
  await page.getByLabel('Minutes without activity').fill('5');
  await page.getByRole('button', { name: 'Save limits' }).click();
  await expect(page.getByText('The limits are saved.')).toBeVisible();
  await idle.goto(at('alder', '/patients'));
  await expect(idle).toHaveURL(at('alder', '/login?ended=time'));
  await page.getByLabel('Minutes without activity').fill('15');
  await page.getByRole('button', { name: 'Save limits' }).click();
  await expect(page.getByLabel('Minutes without activity')).toHaveValue('15');
});
