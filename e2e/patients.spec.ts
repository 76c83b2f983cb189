import { connect } from '../tests/support/database';
import { loadWorld } from '../tests/support/world';
import { at, expect, signIn, test } from './fixtures';

test('staff add, find, view, edit, archive and restore a patient', async ({ page, accessible }) => {
  await signIn(page, 'birch', 'owner@birch.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  await page.getByRole('link', { name: 'Patients', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Patients' })).toBeVisible();
  await accessible('patients');

  await page.getByRole('link', { name: 'New patient' }).click();
  await page.getByLabel('First name').fill('Zoë');
  await page.getByLabel('E-mail', { exact: true }).first().fill('not an address');
  await page.getByRole('button', { name: 'Add patient' }).click();
  await expect(page.getByText('Enter the last name.')).toBeVisible();
  await expect(page.getByText('Enter an e-mail address such as name@example.com.')).toBeVisible();
  await expect(page.getByLabel('First name')).toHaveValue('Zoë');
  await accessible('patient-new-refused');

  await page.getByLabel('Last name').fill('Øverland-Smith');
  await page.getByLabel('Birth date').fill('1984-02-29');
  await page.getByLabel('Sex').selectOption('Female');
  await page.getByLabel('Mobile phone').fill('+47 912 34 567');
  await page.getByLabel('E-mail', { exact: true }).first().fill('zoe@example.com');
  await page.getByLabel('External id').fill('EXT-42');
  await page.getByLabel('City').fill('Bergen');
  await page.getByLabel('Country').fill('no');
  await page.getByLabel('Remarks').fill('Prefers mornings.\nCall first.');
  await page.getByRole('checkbox', { name: 'Text message' }).check();
  await page.getByRole('button', { name: 'Add patient' }).click();
  await expect(page.getByText('The patient has been added.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Zoë Øverland-Smith' })).toBeVisible();
  await expect(page.getByText('Text message', { exact: true })).toBeVisible();
  await expect(page.getByText('NO', { exact: false }).first()).toBeVisible();
  await accessible('patient');

  const record = new URL(page.url()).pathname;
  await page.getByRole('link', { name: 'Back to the list' }).click();
  const search = page.getByRole('searchbox', { name: 'Search patients' });
  for (const words of ['overland', 'zoe smith', '91234', '1984-02', 'ext-42']) {
    await search.fill('nobody at all');
    await expect(page.getByText('Nobody matches.')).toBeVisible();
    await search.fill(words);
    await expect(page.getByRole('row').filter({ hasText: 'Øverland-Smith, Zoë' })).toBeVisible();
    await expect(page.getByText('1 found').first()).toBeVisible();
  }
  expect(page.url()).toBe(at('birch', '/patients'));
  await page.getByRole('link', { name: 'Øverland-Smith, Zoë' }).click();
  await expect(page).toHaveURL(at('birch', record));
  await page.goBack();
  await expect(search).toHaveValue('ext-42');
  await expect(page.getByRole('link', { name: 'Øverland-Smith, Zoë' })).toBeVisible();
  await search.fill('nobody at all');
  await expect(page.getByText('Nobody matches.')).toBeVisible();

  await page.goto(at('birch', record));
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('City').fill('Oslo');
  await page.getByRole('checkbox', { name: 'Text message' }).uncheck();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('The changes have been saved.')).toBeVisible();
  await expect(page.getByText('Oslo')).toBeVisible();
  await expect(page.getByText('No consent given')).toBeVisible();

  await page.getByRole('button', { name: 'Archive' }).click();
  await expect(page.getByText('The patient is archived')).toBeVisible();
  await page.getByRole('link', { name: 'Patients', exact: true }).click();
  await expect(page.getByRole('link', { name: 'Øverland-Smith, Zoë' })).toBeHidden();
  await page.getByRole('link', { name: 'Archived' }).click();
  await page.getByRole('link', { name: 'Øverland-Smith, Zoë' }).click();
  await page.getByRole('button', { name: 'Restore' }).click();
  await expect(page.getByText('The patient is back in the list.')).toBeVisible();
});

test('two people who edit the same patient do not overwrite each other', async ({ page, context }) => {
  await signIn(page, 'birch', 'owner@birch.test');
  await page.getByRole('link', { name: 'Patients', exact: true }).click();
  await page.getByRole('link', { name: 'birch-patient, Pat' }).click();
  await page.getByRole('link', { name: 'Edit' }).click();
  await expect(page.getByLabel('City')).toBeVisible();
  const second = await context.newPage();
  await second.goto(page.url());
  await second.getByLabel('City').fill('Trondheim');
  await second.getByRole('button', { name: 'Save changes' }).click();
  await expect(second.getByText('The changes have been saved.')).toBeVisible();
  await page.getByLabel('City').fill('Stavanger');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('Somebody else changed this in the meantime.')).toBeVisible();
  await expect(page.getByLabel('City')).toHaveValue('Stavanger');
});

test('the list sorts and pages', async ({ page }) => {
  await signIn(page, 'alder', 'owner@alder.test');
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  const sql = await connect();
  await sql.query(
    `insert into public.patients (tenant_id, given_name, family_name, birth_date)
     select $1, 'Page' || n, 'Sorted' || to_char(n, 'FM00'), make_date(1950 + n, 1, 1) from generate_series(0, 26) as n`,
    [loadWorld().clinics.alder.id],
  );
  await sql.end();
  await page.goto(at('alder', '/patients'));
  await expect(page.getByRole('row')).toHaveCount(26);
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page.getByRole('link', { name: 'Sorted26, Page26' })).toBeVisible();
  await page.getByRole('link', { name: 'Previous' }).click();
  await expect(page.getByRole('row')).toHaveCount(26);
  await page.getByRole('link', { name: 'Birth date' }).click();
  await expect(page.getByRole('columnheader', { name: 'Birth date' })).toHaveAttribute('aria-sort', 'ascending');
  await expect(page.getByRole('row').nth(1)).toContainText('Sorted00');
  await page.getByRole('link', { name: 'Birth date' }).click();
  await expect(page.getByRole('columnheader', { name: 'Birth date' })).toHaveAttribute('aria-sort', 'descending');
  await page.getByRole('searchbox').fill('sorted');
  await expect(page.getByText('27 found').first()).toBeVisible();
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page.getByRole('row')).toHaveCount(3);
});
