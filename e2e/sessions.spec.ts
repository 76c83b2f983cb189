import type { BrowserContext } from '@playwright/test';
import { connect } from '../tests/support/database';
import { at, expect, signIn, test } from './fixtures';

const email = 'admin@alder.test';

/** Moves the clock of every session of the person, as if nobody had touched them for so long. */
async function untouchedFor(ago: string): Promise<void> {
  const sql = await connect();
  try {
    await sql.query(
      `update private.tenant_sessions set last_seen_at = now() - $2::interval
       where ended_at is null and user_id = (select id from auth.users where email = $1)`,
      [email, ago],
    );
  } finally {
    await sql.end();
  }
}

async function signedIn(context: BrowserContext) {
  const page = await context.newPage();
  await signIn(page, 'alder', email);
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  return page;
}

test('see where one is signed in, end one session, end all others', async ({ page, browser, accessible }) => {
  await signIn(page, 'alder', email);
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  const iPhone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1';
  const phone = await signedIn(await browser.newContext({ userAgent: iPhone }));
  const tablet = await signedIn(await browser.newContext({ userAgent: 'one' }));
  const laptop = await signedIn(await browser.newContext({ userAgent: 'another' }));
  await page.goto(at('alder', '/account'));
  const list = page.getByRole('listitem').filter({ hasText: 'Signed in' });
  await expect(list.first()).toContainText('This device');
  await accessible('sessions');
  await page.getByRole('button', { name: /End the session on Safari on iOS/ }).click();
  await expect(page.getByText('Safari on iOS')).toBeHidden();
  await phone.goto(at('alder', '/patients'));
  await expect(phone.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await tablet.goto(at('alder', '/patients'));
  await expect(tablet.getByRole('heading', { name: 'Patients' })).toBeVisible();
  await page.getByRole('button', { name: 'End all other sessions' }).click();
  await expect(page.getByText('You are signed in nowhere else at this clinic.')).toBeVisible();
  for (const other of [tablet, laptop]) {
    await other.goto(at('alder', '/patients'));
    await expect(other.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  }
});

test('the last minute is counted down; staying prolongs the session, doing nothing ends it', async ({ page, accessible }) => {
  await signIn(page, 'alder', email);
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  const dialog = page.getByRole('alertdialog', { name: 'Are you still there?' });
  // Coming back to the tab asks the database, once the page listens; what a page still asks for as it comes alive is a touch.
  await expect(async () => {
    await untouchedFor('14 minutes 15 seconds');
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await expect(dialog).toBeVisible({ timeout: 1000 });
  }).toPass();
  await expect(dialog.getByRole('timer')).toHaveText(/^0:[1-4]\d$/);
  await accessible('session-dialog');
  await dialog.getByRole('button', { name: 'Stay signed in' }).click();
  await expect(dialog).toBeHidden();
  await page.reload();
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();

  await expect(async () => {
    await untouchedFor('14 minutes 57 seconds');
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await expect(page).toHaveURL(at('alder', '/login?ended=time'), { timeout: 5_000 });
  }).toPass();
  await expect(page.getByText('Your session has ended.')).toBeVisible();
});

test('a session that has run out opens nothing', async ({ page }) => {
  await signIn(page, 'alder', email);
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await untouchedFor('15 minutes');
  await page.goto(at('alder', '/patients'));
  await expect(page).toHaveURL(at('alder', '/login?ended=time'));
});

test('after signing out the back button shows no patient', async ({ page }) => {
  await signIn(page, 'alder', email);
  await page.getByRole('link', { name: 'Patients' }).first().click();
  await expect(page.getByRole('heading', { name: 'Patients' })).toBeVisible();
  const patient = await page.getByRole('row').nth(1).getByRole('link').first().textContent();
  expect(patient).toBeTruthy();
  const secondTab = await page.context().newPage();
  await secondTab.goto(page.url());
  await expect(secondTab.getByText(String(patient))).toBeVisible();
  await page.getByRole('row').nth(1).getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.getByRole('button', { name: /Your menu/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(at('alder', '/login'));
  // The other tab hears of it and leaves its page.
  await expect(secondTab).toHaveURL(/\/login/);
  for (const _ of [1, 2]) {
    await page.goBack();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await expect(page.getByText(String(patient))).toBeHidden();
  }
});
