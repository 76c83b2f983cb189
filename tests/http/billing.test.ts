import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '@/scripts/stack/wait';
import { standing } from '../support/billing';
import { connect } from '../support/database';
import { stack } from '../support/env';
import { cookieOf, hostOf, send } from '../support/http';
import { addMember, bind, createClinic, createPerson, loadWorld, openSession, type Person } from '../support/world';

const { people } = loadWorld();
const patience = { timeout: 60_000, interval: 200 };
let sql: pg.Client;
let id: string;
let owner: Person;
let billing: Person;
let staff: Person;
beforeAll(async () => {
  sql = await connect();
  owner = await createPerson(stack, 'owner@endpoints.test');
  id = await createClinic(sql, 'endpoints', 'Endpoints Clinic', owner);
  billing = await createPerson(stack, 'billing@endpoints.test');
  await addMember(sql, id, billing, 'billing', 'Endpoints Billing');
  staff = await createPerson(stack, 'staff@endpoints.test');
  await addMember(sql, id, staff, 'staff', 'Endpoints Staff');
  for (const person of [owner, billing, staff]) await bind(sql, id, person);
  await waitFor('the customer at Stripe', async () => {
    const { rows } = await sql.query('select stripe_customer_id from public.tenant_subscriptions where tenant_id = $1', [id]);
    return rows[0].stripe_customer_id !== null;
  });
});
afterAll(async () => {
  await sql.query('delete from public.tenants where id = $1', [id]);
  await sql.end();
});

const host = hostOf('endpoints');
type Call = { as?: Person; body?: object; method?: string; origin?: string | null; at?: string };

/** Calls an endpoint as a member's browser does. */
async function call(path: string, { as, body, method = body ? 'POST' : 'GET', origin = `http://${host}`, at = host }: Call = {}) {
  const answer = await send(path, {
    host: at,
    method,
    headers: {
      ...(as && { cookie: await cookieOf(as) }),
      ...(body && { 'content-type': 'application/json', ...(origin && { origin }) }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: JSON.parse(answer.body) };
}

const changes: [string, string, object][] = [
  ['PUT', '/api/tenant/subscription', { plan: 'starter', interval: 'month' }],
  ['POST', '/api/tenant/subscription/cancel', { reason: 'unused' }],
  ['POST', '/api/tenant/subscription/reactivate', {}],
  ['POST', '/api/tenant/billing/payment', {}],
  ['POST', '/api/create-checkout-session', { plan: 'starter', interval: 'month' }],
];

describe.each(changes)('%s %s', (method, path, body) => {
  test('is for who may change the plan, from the clinic’s own pages', async () => {
    expect(await call(path, { method, body })).toMatchObject({ status: 401, body: { error: { code: 'signed_out' } } });
    expect(await call(path, { method, body, as: staff })).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
    expect(await call(path, { method, body, as: people.birch_owner })).toMatchObject({ status: 401 });
    for (const origin of [null, `http://${hostOf('birch')}`, 'null'])
      expect(await call(path, { method, body, as: owner, origin }), String(origin)).toMatchObject({
        status: 403,
        body: { error: { code: 'bad_origin' } },
      });
    expect(await call(path, { method, body, as: owner, at: hostOf('') })).toMatchObject({ status: 404 });
    expect(await standing(sql, id)).toMatchObject({ status: 'trialing', plan: 'professional' });
  });
});

test('who asks without the right learns nothing of the plan, and any member learns of the clinic', async () => {
  expect(await call('/api/tenant/billing/invoices', { as: staff })).toMatchObject({ status: 403 });
  expect(await call('/api/tenant/billing/invoices', { as: owner })).toMatchObject({ status: 200, body: { invoices: [] } });
  const mine = await call('/api/tenant/current', { as: staff });
  expect(mine.body).toMatchObject({ tenant: { id, slug: 'endpoints' }, plan: { key: 'professional', status: 'trialing' } });
  expect(mine.headers['cache-control']).toBe('private, no-store');
  expect((await call('/api/tenant/current')).status).toBe(401);
});

test('a field that is wrong is named', async () => {
  expect(await call('/api/tenant/subscription', { method: 'PUT', body: { plan: 'golden', interval: 'month' }, as: owner })).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_input', fields: { plan: 'Choose a plan.' } } },
  });
  expect(await call('/api/create-checkout-session', { body: { plan: 'free', interval: 'month' }, as: owner })).toMatchObject({
    status: 400,
    body: { error: { fields: { plan: 'Free is not bought.' } } },
  });
  expect(await call('/api/tenant/subscription/cancel', { body: { reason: 'unused' }, as: owner })).toMatchObject({ status: 404 });
  expect(await call('/api/tenant/billing/payment', { body: {}, as: owner })).toMatchObject({
    status: 404,
    body: { error: { message: 'No invoice is open.' } },
  });
});

test('the clinic comes from the session alone, whatever the body names', async () => {
  const { rows } = await sql.query(`select id from public.tenants where slug = 'birch'`);
  const opened = await call('/api/create-checkout-session', {
    body: { plan: 'starter', interval: 'year', tenant_id: rows[0].id, customer: 'cus_of_birch' },
    as: billing,
  });
  expect(opened).toMatchObject({ status: 202, body: { status: 'page', url: expect.stringContaining('/pay/') } });
  const paid = await fetch(opened.body.url, {
    method: 'POST',
    body: new URLSearchParams({ number: '4242424242424242', expiry: '12 / 40', cvc: '123' }),
    redirect: 'manual',
  });
  expect([paid.status, paid.headers.get('location')]).toEqual([303, `http://${host}/billing?checkout=done`]);
  const bought = async () =>
    (await sql.query('select stripe_status, bought_interval from public.tenant_subscriptions where tenant_id = $1', [id])).rows[0];
  await expect.poll(bought, patience).toEqual({ stripe_status: 'trialing', bought_interval: 'year' });
  expect(await call('/api/create-checkout-session', { body: { plan: 'starter', interval: 'month' }, as: billing })).toMatchObject({
    status: 409,
    body: { error: { code: 'subscribed' } },
  });
});

test('a smaller plan than the clinic needs is refused with what is too much, and Free is chosen at once in a trial', async () => {
  await sql.query(
    `insert into public.patients (tenant_id, given_name, family_name, birth_date)
     select $1, 'Pat', 'Patient ' || n, '1980-01-01' from generate_series(1, 101) as n`,
    [id],
  );
  const free = { method: 'PUT', body: { plan: 'free', interval: 'month' }, as: owner };
  expect(await call('/api/tenant/subscription', free)).toMatchObject({
    status: 409,
    body: { error: { code: 'over_limits', message: 'The clinic has more than this plan allows: 101 active patients (100 allowed).' } },
  });
  await sql.query(`update public.patients set archived_at = now() where tenant_id = $1 and family_name = 'Patient 1'`, [id]);
  expect(await call('/api/tenant/subscription', free)).toMatchObject({ status: 200, body: { status: 'applied' } });
  expect(await standing(sql, id)).toEqual({ status: 'active', plan: 'free', holds: [] });
  expect(await call('/api/tenant/subscription', free)).toMatchObject({ status: 200, body: { status: 'unchanged' } });
});

test('while a hold for safety is open nothing happens at Stripe, whoever asks', async () => {
  const clinic = await createClinic(sql, 'endpoints-closed', 'Closed Endpoints', await createPerson(stack, 'owner@endpoints-closed.test'));
  try {
    const thief = await openSession(stack, 'owner@endpoints-closed.test');
    await sql.query(`insert into public.tenant_holds (tenant_id, kind, reason) values ($1, 'security', 'a theft')`, [clinic]);
    await bind(sql, clinic, thief);
    const closed = hostOf('endpoints-closed');
    for (const [method, path, body] of changes)
      expect(await call(path, { method, body, as: thief, at: closed, origin: `http://${closed}` }), path).toMatchObject({
        status: 403,
        body: { error: { code: 'forbidden' } },
      });
    expect(await call('/api/tenant/billing/invoices', { as: thief, at: closed })).toMatchObject({ status: 200 });
    const { rows } = await sql.query(`select count(*)::int as n from public.audit_log where tenant_id = $1 and action like 'billing.%'`, [
      clinic,
    ]);
    expect(rows[0].n).toBe(0);
  } finally {
    await sql.query('delete from public.tenants where id = $1', [clinic]);
  }
});
