import { hostOf, send } from '../tests/support/http';
import { at, expect, mailedLink, test } from './fixtures';

test('a prospect signs a clinic up and lands in it, signed in', async ({ page, accessible }) => {
  await page.goto(at(''));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('The CRM your clinic sets up in a minute');
  await accessible('landing');
  await page.getByRole('link', { name: 'Set up your clinic' }).first().click();
  await expect(page).toHaveURL(at('signup'));
  await accessible('sign-up');

  await page.getByLabel('Clinic name').fill('Hawthorn & Söhne Clinic');
  const address = page.getByLabel('Your clinic’s address');
  await expect(address).toHaveValue('hawthorn-sohne-clinic');
  await expect(page.getByText(/hawthorn-sohne-clinic\.localhost:\d+ is free/)).toBeVisible();

  for (const [name, reason] of [
    ['alder', 'Another clinic has this name'],
    ['support', 'This name is reserved'],
    ['-x', 'Use 3 to 63 letters'],
  ] as const) {
    await address.fill(name);
    await expect(page.getByText(reason)).toBeVisible();
    await expect(address).toHaveAttribute('aria-invalid', 'true');
  }
  await address.fill('hawthorn');
  await expect(page.getByText(/hawthorn\.localhost:\d+ is free/)).toBeVisible();

  await page.getByLabel('Your name').fill('Hanna Hawthorn');
  await page.getByLabel('E-mail').fill('hanna@hawthorn.test');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await expect(page.getByText('Strength: Too short')).toBeVisible();
  await page.getByRole('button', { name: 'Create clinic' }).click();
  await expect(page.getByText('Please check the marked fields.')).toBeVisible();
  await expect(page.getByText('Please accept the terms to go on.')).toBeVisible();
  await expect(page.getByLabel('Clinic name')).toHaveValue('Hawthorn & Söhne Clinic');
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('short');
  await accessible('sign-up-refused');

  await page.getByLabel('Password', { exact: true }).fill('morning ferry to the island');
  await expect(page.getByText('Strength: Strong')).toBeVisible();
  await page.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Create clinic' }).click();

  await expect(page).toHaveURL(at('hawthorn'));
  await expect(page.getByRole('heading', { name: 'Welcome, Hanna Hawthorn' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'What to do next' })).toBeVisible();
  await expect(page.getByText('Free trial until')).toBeVisible();
  await accessible('dashboard');

  const cookies = await page.context().cookies();
  const session = cookies.filter(({ name }) => name.startsWith('session'));
  expect(session.length).toBeGreaterThan(0);
  for (const cookie of session) expect(cookie).toMatchObject({ domain: 'hawthorn.localhost', httpOnly: true, sameSite: 'Lax', path: '/' });

  expect(await mailedLink('hanna@hawthorn.test', /is ready/)).toBe(at('hawthorn').replace(/\/$/, ''));
  await page.goto(await mailedLink('hanna@hawthorn.test', /confirm/i));
  await expect(page.getByText('Thank you, your address is confirmed.')).toBeVisible();
  await expect(page).toHaveURL(at('hawthorn', '/verify-email'));
  await page.getByRole('link', { name: 'Go to the clinic' }).click();
  await expect(page.getByText('Please confirm your address')).toBeHidden();
  await page.goto(await mailedLink('hanna@hawthorn.test', /confirm/i));
  await expect(page.getByText('This link has been used or has run out.')).toBeVisible();
});

test('the name that another clinic takes meanwhile is refused at the end, and nothing typed is lost', async ({ page }) => {
  await page.goto(at('signup'));
  await page.getByLabel('Clinic name').fill('Juniper Clinic');
  await page.getByLabel('Your name').fill('June Iper');
  await page.getByLabel('E-mail').fill('june@juniper.test');
  await page.getByLabel('Password', { exact: true }).fill('morning ferry to the island');
  await page.getByRole('checkbox').check();
  await expect(page.getByText(/is free/)).toBeVisible();
  const other = await send('/api/provision-tenant', {
    host: hostOf('signup'),
    method: 'POST',
    headers: { 'x-forwarded-for': '203.0.113.99', 'content-type': 'application/json' },
    body: JSON.stringify({
      companyName: 'Juniper',
      subdomain: 'juniper-clinic',
      adminName: 'X',
      adminEmail: 'x@juniper.test',
      adminPassword: 'morning ferry to the island',
      acceptedTerms: true,
    }),
  });
  expect(other.status).toBe(201);
  await page.getByRole('button', { name: 'Create clinic' }).click();
  await expect(page.getByLabel('Your clinic’s address')).toBeFocused();
  await expect(page.getByRole('alert').getByText('Another clinic has this name. Please choose another.')).toBeVisible();
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('morning ferry to the island');
  await page.getByLabel('Your clinic’s address').fill('juniper-two');
  await page.getByRole('button', { name: 'Create clinic' }).click();
  await expect(page).toHaveURL(at('juniper-two'));
});
