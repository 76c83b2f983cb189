import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '@/scripts/stack/wait';
import { connect } from '../support/database';
import { stack } from '../support/env';
import { cookieOf, hostOf, send } from '../support/http';
import { type SecondApp, startSecondApp } from '../support/second-app';
import { addMember, bind, createClinic, createPerson, type Person } from '../support/world';

const host = hostOf('embedded');
let sql: pg.Client;
let id: string;
let owner: Person;
let admin: Person;
let app: SecondApp;
beforeAll(async () => {
  sql = await connect();
  owner = await createPerson(stack, 'owner@embedded.test');
  id = await createClinic(sql, 'embedded', 'Embedded Clinic', owner);
  admin = await createPerson(stack, 'admin@embedded.test');
  await addMember(sql, id, admin, 'admin', 'Embedded Admin');
  for (const person of [owner, admin]) await bind(sql, id, person);
  app = await startSecondApp('embedded', { NEXT_DIST_DIR: '.next-test', STRIPE_PUBLISHABLE_KEY: 'pk_test_of_nobody' });
  await waitFor('the customer at Stripe', async () => {
    const { rows } = await sql.query('select stripe_customer_id from public.tenant_subscriptions where tenant_id = $1', [id]);
    return rows[0].stripe_customer_id !== null;
  });
});
afterAll(async () => {
  await app?.stop();
  await sql.query('delete from public.tenants where id = $1', [id]);
  await sql.end();
});

const page = async (path: string, person: Person, port?: number) =>
  send(path, { host, headers: { cookie: await cookieOf(person) }, ...(port && { port }) });
const policyOf = ({ headers }: { headers: Record<string, unknown> }) => String(headers['content-security-policy']);

test('with Stripe’s publishable key a plan is bought in a page of ours, which alone lets Stripe’s script in', async () => {
  const nothing = await page('/billing/checkout', owner, app.port);
  expect([nothing.status, nothing.headers.location]).toEqual([307, '/billing']);
  const opened = await send('/api/create-checkout-session', {
    host,
    port: app.port,
    method: 'POST',
    headers: { cookie: await cookieOf(owner), 'content-type': 'application/json', origin: `http://${host}` },
    body: JSON.stringify({ plan: 'starter', interval: 'month' }),
  });
  expect(JSON.parse(opened.body)).toEqual({ status: 'page', url: `http://${host}/billing/checkout` });

  const form = await page('/billing/checkout', owner, app.port);
  expect(form.status).toBe(200);
  expect(form.body).toMatch(/cs_\w+_secret_\w+/);
  expect(form.body).toContain('pk_test_of_nobody');
  expect(policyOf(form)).toMatch(/script-src [^;]*https:\/\/js\.stripe\.com/);
  expect(policyOf(form)).toMatch(/frame-src https:\/\/js\.stripe\.com/);
  for (const path of ['/billing', '/', '/patients']) {
    const other = await page(path, owner, app.port);
    expect(other.status, path).toBe(200);
    expect(policyOf(other), path).not.toContain('stripe');
    expect(policyOf(other), path).toContain("frame-src 'none'");
    expect(other.body, path).not.toMatch(/_secret_|js\.stripe\.com/);
  }
  // Who may only look at the plan gets no form.
  const looking = await page('/billing/checkout', admin, app.port);
  expect([looking.status, looking.headers.location]).toEqual([307, '/billing']);
  expect((await page('/billing', admin, app.port)).status).toBe(200);
});

test('without the key there is no such page', async () => {
  const answer = await page('/billing/checkout', owner);
  expect([answer.status, answer.headers.location]).toEqual([307, '/billing']);
  expect(policyOf(answer)).not.toContain('stripe');
});
