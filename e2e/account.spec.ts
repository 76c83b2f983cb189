import { at, expect, mailedLink, signIn, test } from './fixtures';

test('sign out, refused sign-in, reset by mail, change the password and end the other session', async ({ page, browser, accessible }) => {
  const email = 'staff@alder.test';
  await page.goto(at('alder'));
  await expect(page).toHaveURL(at('alder', '/login'));
  await accessible('login');
  await signIn(page, 'alder', email, 'not the right words');
  await expect(page.getByText('This e-mail address and password do not match.')).toBeVisible();
  await expect(page.getByLabel('E-mail')).toHaveValue(email);

  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await expect(page).toHaveURL(/\/forgot-password$/);
  await accessible('forgot-password');
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByText('a mail with a link is on its way')).toBeVisible();
  const link = await mailedLink(email, /new password/);
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
  await expect(page).toHaveURL(at('alder', '/reset-password'));
  await page.getByLabel('New password', { exact: true }).fill('password1234');
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(page.getByText('on a list of common ones')).toBeVisible();
  await page.getByLabel('New password', { exact: true }).fill('a slow barge upriver');
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.getByRole('button', { name: /Your menu/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(at('alder', '/login'));
  await page.goto(link);
  await page.getByLabel('New password', { exact: true }).fill('another slow barge upriver');
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(page.getByText('This link has been used or has run out.')).toBeVisible();

  await signIn(page, 'alder', email, 'a slow barge upriver');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  const elsewhere = await (await browser.newContext()).newPage();
  await signIn(elsewhere, 'alder', email, 'a slow barge upriver');
  await expect(elsewhere.getByRole('heading', { name: /^Welcome/ })).toBeVisible();

  await page.goto(at('alder', '/account'));
  await accessible('account');
  await page.getByLabel('Current password', { exact: true }).fill('wrong words here');
  await page.getByLabel('New password', { exact: true }).fill('two otters and a kayak');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('This is not your current password.')).toBeVisible();
  await page.getByLabel('Current password', { exact: true }).fill('a slow barge upriver');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Your password is changed. Your other sessions have ended.')).toBeVisible();
  await elsewhere.goto(at('alder', '/patients'));
  await expect(elsewhere).toHaveURL(at('alder', '/login'));
  await page.goto(at('alder', '/patients'));
  await expect(page.getByRole('heading', { name: 'Patients' })).toBeVisible();
});
