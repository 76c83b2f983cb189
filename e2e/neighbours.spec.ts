import type { BrowserContext, Page } from '@playwright/test';
import type pg from 'pg';
import { connect } from '../tests/support/database';
import { stack } from '../tests/support/env';
import { actionOf, cookieOf } from '../tests/support/http';
import { loadWorld, openSession, password } from '../tests/support/world';
import { expect, freshClinic, test } from './fixtures';
import { hostRules, startTlsSite, type TlsSite } from './tls-site';

test.use({
  ignoreHTTPSErrors: true,
  launchOptions: { executablePath: process.env.CHROMIUM || undefined, args: ['--no-sandbox', '--disable-gpu', hostRules] },
});

const world = loadWorld();
let sql: pg.Client;
let site: TlsSite;
let clinicId: string;

test.beforeAll(async () => {
  sql = await connect();
  const rowan = await freshClinic(sql, 'rowan', 'Rowan Clinic');
  clinicId = rowan.id;
  // Only a confirmed address may export: the forged exports must fail for their origin alone.
  await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [rowan.ownerId]);
  site = await startTlsSite();
});
test.afterAll(async () => {
  await site.stop();
  await sql.end();
});
// The attacks themselves are what the console complains of.
test.beforeEach(({ expectErrors }) => expectErrors(/./));

async function signInAt(page: Page, email = 'owner@rowan.test'): Promise<void> {
  await page.goto(site.at('rowan', '/login'));
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
}

/** Everything that a forged request could have changed. */
const state = async () =>
  (
    await sql.query(
      `select (select count(*)::int from public.patients where tenant_id = $1) as patients,
         (select count(*)::int from private.tenant_sessions where tenant_id = $1 and ended_at is null) as sessions,
         (select count(*)::int from public.audit_log where tenant_id = $1 and action = 'patients.exported') as exports`,
      [clinicId],
    )
  ).rows[0];

const patient = { given_name: 'Forged', family_name: 'Patient', birth_date: '1990-01-01', sex: 'unknown' };

/** The ways in which a page may send a request with the victim's cookies. */
function attacks(target: string): [string, string][] {
  const exported = `${target}/api/patients/export`;
  const form = (action: string, fields: Record<string, string>, type: string) =>
    `<form method="post" enctype="${type}" action="${action}">${Object.entries(fields)
      .map(([name, value]) => `<input name='${name}' value='${value}'>`)
      .join('')}</form><script>document.forms[0].submit()</script>`;
  const script = (code: string) =>
    `<script>(async () => { ${code} })().catch(() => undefined).finally(() => { document.title = 'tried' })</script>`;
  const act = (name: string, input: unknown, path: string) =>
    `fetch('${target}${path}', { method: 'POST', credentials: 'include', headers: { 'next-action': '${actionOf(name).id}', 'content-type': 'text/plain;charset=UTF-8' }, body: ${JSON.stringify(JSON.stringify([input]))} })`;
  return [
    ['a form as text/plain', form(exported, { '{"archived":false,"x":"': '"}' }, 'text/plain')],
    ['a form', form(exported, { archived: 'false' }, 'application/x-www-form-urlencoded')],
    [
      'a form that names a server action',
      form(`${target}/patients/new`, { [`$ACTION_ID_${actionOf('addPatient').id}`]: '', ...patient }, 'multipart/form-data'),
    ],
    ['a form that signs out', form(`${target}/`, { [`$ACTION_ID_${actionOf('signOut').id}`]: '' }, 'multipart/form-data')],
    [
      'a fetch without CORS',
      script(
        `await fetch('${exported}', { method: 'POST', mode: 'no-cors', credentials: 'include', headers: { 'content-type': 'text/plain' }, body: '{"archived":false}' })`,
      ),
    ],
    [
      'a fetch with JSON',
      script(
        `await fetch('${exported}', { method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' }, body: '{"archived":false}' })`,
      ),
    ],
    ['a beacon', script(`navigator.sendBeacon('${exported}', new Blob(['{"archived":false}'], { type: 'text/plain' }))`)],
    ['a call of an action', script(`await ${act('addPatient', patient, '/patients/new')}`)],
    ['a call that signs out', script(`await ${act('signOut', {}, '/')}`)],
    ['a call that ends other sessions', script(`await ${act('endOtherSessions', {}, '/account')}`)],
  ];
}

const sandboxed = (html: string) =>
  `<iframe sandbox="allow-scripts allow-forms" srcdoc="${html.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"></iframe>`;

/** Opens a hostile page and waits until what it sends has reached the app and was answered. */
async function visit(page: Page, address: string): Promise<void> {
  const before = site.received();
  await page.goto(address).catch(() => undefined);
  await expect.poll(site.received, { timeout: 5_000 }).toBeGreaterThan(before);
  await page.waitForLoadState('networkidle');
}

test('H3 nothing that another origin sends with a person’s cookies has an effect', async ({ page, context, browser }) => {
  test.setTimeout(180_000);
  await signInAt(page);
  // Another session of the same person, for the call that would end it.
  const elsewhere = await browser.newContext();
  await signInAt(await elsewhere.newPage());
  const before = await state();
  expect(before.sessions).toBe(2);
  const target = site.at('rowan', '').replace(/\/$/, '');
  const forger = await context.newPage();
  for (const [name, html] of attacks(target)) {
    for (const [from, page_] of [
      [site.at('evil'), html],
      [site.at('www.elsewhere.test'), html],
      [site.at('evil'), sandboxed(html)],
    ] as const) {
      site.hostile(page_);
      await test.step(`${name}, from ${new URL(from).hostname}${page_ === html ? '' : ' in a sandboxed frame'}`, async () => {
        await visit(forger, from);
        expect(await state()).toEqual(before);
      });
    }
  }
  // The same calls from the clinic's own page do have their effect: the tries above were real.
  await page.goto(site.at('rowan', '/patients/new'));
  const own = attacks(target);
  const call = (name: string) => /\(async \(\) => \{ (.*) \}\)\(\)/.exec(own.find(([what]) => what === name)?.[1] ?? '')?.[1] ?? '';
  await page.evaluate(call('a fetch with JSON').replace('await ', ''));
  await page.evaluate(call('a call of an action').replace('await ', ''));
  await expect.poll(state).toEqual({ ...before, patients: before.patients + 1, exports: before.exports + 1 });
  await page.goto(site.at('rowan', '/account'));
  await page.evaluate(call('a call that ends other sessions').replace('await ', ''));
  await expect.poll(async () => (await state()).sessions).toBe(1);
  await elsewhere.close();
  await forger.close();
});

test('H3 a clinic’s page cannot be framed by a neighbour', async ({ page }) => {
  await signInAt(page);
  site.hostile(`<iframe src="${site.at('rowan', '/patients')}"></iframe>`);
  await page.goto(site.at('evil'));
  await page.waitForLoadState('networkidle');
  expect(page.frames().filter((frame) => frame.url().includes('rowan'))).toEqual([]);
});

async function sessionCookies(context: BrowserContext) {
  return (await context.cookies(site.at('rowan'))).filter(({ name }) => name.includes('session'));
}

test('H4 cookies are the host’s own, and no neighbour can set or replace them', async ({ page, context }) => {
  // The neighbour has a good session at Birch and tries to make the victim carry it.
  const bait = await cookieOf(await openSession(stack, world.people.birch_owner.email));
  const value = bait.slice(bait.indexOf('=') + 1);
  const names = ['session', 'session.0', '__Host-session', '__Host-session.0', '__host-session', '__Secure-session', ' __Host-session'];
  const variants = names.flatMap((name) => [
    `${name}=${value}; Domain=yourcrm.test; Path=/; Secure`,
    `${name}=${value}; Domain=.yourcrm.test; Path=/login; Secure; HttpOnly; SameSite=None`,
    `${name}=${value}; Domain=rowan.yourcrm.test; Path=/; Secure`,
  ]);
  site.hostile(`<script>${variants.map((text) => `document.cookie = ${JSON.stringify(text)};`).join('')}</script>`, {
    'set-cookie': variants,
  });
  await page.goto(site.at('evil'));
  // Without this the test would prove nothing: some of them do reach the clinic's host.
  expect((await sessionCookies(context)).length).toBeGreaterThan(0);
  expect((await sessionCookies(context)).filter(({ name, domain }) => name === '__Host-session' && domain.includes('rowan'))).toEqual([]);

  for (const label of ['rowan', 'birch']) {
    await page.goto(site.at(label, '/patients'));
    await expect(page, label).toHaveURL(site.at(label, '/login'));
  }
  const set: string[] = [];
  page.on('response', async (response) => {
    if (response.url().startsWith(site.at('rowan', '')))
      set.push(...(await response.headersArray()).filter(({ name }) => /^set-cookie$/i.test(name)).map((header) => header.value));
  });
  await signInAt(page);
  await expect(page.getByText('Rowan Clinic').first()).toBeVisible();
  expect(set.length).toBeGreaterThan(0);
  for (const text of set) {
    expect(text).toMatch(/^__Host-(session|device)/);
    expect(text).toMatch(/; Path=\/(;|$)/i);
    expect(text).toMatch(/; Secure/i);
    expect(text).toMatch(/; HttpOnly/i);
    expect(text).toMatch(/; SameSite=lax/i);
    expect(text).not.toMatch(/domain=/i);
  }
  expect(await page.evaluate('document.cookie')).not.toContain('__Host-session=');

  // Signed in, the neighbour's cookies change nothing either, and the session does not travel to it.
  await page.goto(site.at('evil'));
  await page.goto(site.at('rowan'));
  await expect(page.getByRole('heading', { name: /^Welcome/ })).toBeVisible();
  expect(site.hostileCookies().filter((cookie) => cookie.includes('; HttpOnly') || /__Host-session(\.\d)?=base64/.test(cookie))).toEqual(
    [],
  );
});

test('H4 signing in makes a new session, and the answers ask browsers for TLS', async ({ page }) => {
  const sessions = async () =>
    (await sql.query('select session_id from private.tenant_sessions where tenant_id = $1', [clinicId])).rows.map((row) => row.session_id);
  await signInAt(page);
  const first = await sessions();
  await page.getByRole('button', { name: /^Your menu/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await signInAt(page);
  const second = await sessions();
  expect(second.length).toBe(first.length + 1);
  const answer = await page.goto(site.at('rowan'));
  expect(answer?.headers()['strict-transport-security']).toMatch(/max-age=\d{8}/);
  expect(answer?.headers()['content-security-policy']).toContain('upgrade-insecure-requests');
});
