import { loadWorld } from '../tests/support/world';
import { at, expect, signIn, test } from './fixtures';

const world = loadWorld();

test('an unknown address says that nobody works there', async ({ page, expectErrors, accessible }) => {
  expectErrors(/status of 404/);
  for (const label of ['nowhere', 'www', 'api']) {
    expect((await page.goto(at(label)))?.status()).toBe(404);
    await expect(page.getByRole('heading', { name: 'There is nothing at this address' })).toBeVisible();
  }
  await accessible('unknown');
});

test('a clinic under a hold tells its people why, and a closed one that it has closed', async ({ page, accessible }) => {
  await signIn(page, 'cedar', 'owner@cedar.test');
  await expect(page.getByRole('heading', { name: 'Cedar Clinic is on hold' })).toBeVisible();
  await expect(page.getByText('The clinic’s plan is not paid for.')).toBeVisible();
  await expect(page.getByText('invoice open')).toBeVisible();
  await accessible('on-hold');
  await page.goto(at('cedar', '/patients'));
  await expect(page).toHaveURL(at('cedar', '/on-hold'));
  await page.getByRole('link', { name: 'Choose a plan, or pay' }).click();
  await expect(page.getByRole('heading', { name: 'Used of what the plan allows' })).toBeVisible();
  await accessible('plan-on-hold');
  await page.getByRole('link', { name: 'See why, and what you can do' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(at('cedar', '/login'));
  await page.goto(at('dogwood'));
  await expect(page.getByRole('heading', { name: 'This clinic has closed its account' })).toBeVisible();
});

test('being signed in at one clinic opens nothing at another', async ({ page, expectErrors }) => {
  expectErrors(/status of 404/);
  await signIn(page, 'birch', 'owner@birch.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.goto(at('alder', '/patients'));
  await expect(page).toHaveURL(at('alder', '/login'));
  await expect(page.getByText('Alder Clinic')).toBeVisible();
  await signIn(page, 'alder', 'owner@birch.test');
  await expect(page.getByText('Your account is not a member of this clinic.')).toBeVisible();

  const foreign = await page.goto(at('birch', `/patients/${world.clinics.alder.patientId}`));
  const text = await page.locator('main').textContent();
  const missing = await page.goto(at('birch', '/patients/00000000-0000-4000-8000-000000000000'));
  expect([foreign?.status(), missing?.status()]).toEqual([404, 404]);
  expect(await page.locator('main').textContent()).toBe(text);
});

test('a role without the permission is told so and keeps what was typed', async ({ page, expectErrors }) => {
  expectErrors(/status of 403/);
  await signIn(page, 'alder', 'billing@alder.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  expect((await page.goto(at('alder', '/patients/new')))?.status()).toBe(403);
});
