import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../support/database';
import { stack } from '../support/env';
import { hostOf, send } from '../support/http';
import { repeated } from '../support/size';

let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

let lastAddress = 0;
/** A client address of its own for each request, as the trusted proxy would report it. */
const address = () => `203.0.113.${lastAddress++ % 250}, 198.51.${Math.floor(lastAddress / 250)}.${lastAddress % 250}`;

const body = (subdomain: string, over: Record<string, unknown> = {}) => ({
  companyName: 'Elm Street Clinic',
  subdomain,
  adminName: 'Erin Elm',
  adminEmail: `${subdomain}-${randomUUID().slice(0, 8)}@elm.test`,
  adminPassword: 'four green kettles sing',
  acceptedTerms: true,
  ...over,
});

async function provision(input: unknown, headers: Record<string, string> = {}, host = hostOf('signup')) {
  const answer = await send('/api/provision-tenant', {
    host,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address(), ...headers },
    body: typeof input === 'string' ? input : JSON.stringify(input),
  });
  return { ...answer, json: JSON.parse(answer.body || '{}') };
}

const count = async (text: string, values?: unknown[]) => Number((await sql.query(`select count(*) from ${text}`, values)).rows[0].count);

describe('POST /api/provision-tenant', () => {
  test('201 names the clinic and makes all of it', async () => {
    const input = body('elm-one');
    const { status, json, headers } = await provision(input);
    expect(status).toBe(201);
    expect(json).toEqual({
      tenant_id: expect.any(String),
      subdomain: 'elm-one',
      redirect_url: expect.stringMatching(/^http:\/\/elm-one\.localhost:\d+\/handoff#[\w-]{43}$/),
    });
    expect(headers['cache-control']).toBe('no-store');
    const { rows } = await sql.query(
      `select t.status, s.status as subscription, p.key as plan, s.trial_ends_at::date - now()::date as days,
         (select count(*)::int from public.roles r where r.tenant_id = t.id) as roles,
         (select count(*)::int from public.role_permissions r where r.tenant_id = t.id) > 60 as permissions,
         (select count(*)::int from public.tenant_settings x where x.tenant_id = t.id) as settings,
         (select array_agg(document order by document) from public.tenant_agreements a where a.tenant_id = t.id) as agreements,
         (select r.key from public.memberships m join public.roles r on r.id = m.role_id where m.tenant_id = t.id) as role,
         (select count(*)::int from public.audit_log a where a.tenant_id = t.id and action = 'tenants.insert') as audited
       from public.tenants t join public.tenant_subscriptions s on s.tenant_id = t.id join public.plans p on p.id = s.plan_id where t.id = $1`,
      [json.tenant_id],
    );
    expect(rows).toEqual([
      {
        status: 'active',
        subscription: 'trialing',
        plan: 'professional',
        days: 14,
        roles: 5,
        permissions: true,
        settings: 1,
        agreements: ['baa', 'privacy', 'terms'],
        role: 'owner',
        audited: 1,
      },
    ]);
  });

  test.each([
    ['companyName', { companyName: 'A' }],
    ['subdomain', { subdomain: 'no' }],
    ['subdomain', { subdomain: '-elm' }],
    ['subdomain', { subdomain: 'xn--elm-abc' }],
    ['subdomain', { subdomain: 'elm.two' }],
    ['adminName', { adminName: ' ' }],
    ['adminEmail', { adminEmail: 'nobody' }],
    ['adminPassword', { adminPassword: 'short' }],
    ['adminPassword', { adminPassword: '123456789qwe' }],
    ['adminPassword', { adminPassword: 'é'.repeat(37) }],
    ['acceptedTerms', { acceptedTerms: false }],
    ['acceptedTerms', { acceptedTerms: undefined }],
  ])('400 names %s for %j', async (field, over) => {
    const { status, json } = await provision(body('elm-two', over));
    expect([status, json.error.code, Object.keys(json.error.fields)]).toEqual([400, 'invalid_input', [field]]);
    expect(json.error.fields[field].length).toBeGreaterThan(10);
  });

  test('a body that is not JSON, another content type, another host and a foreign origin are refused', async () => {
    expect((await provision('{')).json.error.code).toBe('invalid_input');
    expect((await provision(body('elm-two'), { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await provision(body('elm-two'), {}, hostOf('alder'))).status).toBe(404);
    expect((await provision(body('elm-two'), { origin: `http://${hostOf('alder')}` })).json.error.code).toBe('bad_origin');
    expect((await provision(body('elm-two'), { origin: 'null' })).json.error.code).toBe('bad_origin');
    expect(await count('public.tenants where slug = $1', ['elm-two'])).toBe(0);
  });

  test('409 for taken and reserved names, with the reason', async () => {
    expect((await provision(body('alder'))).json.error).toMatchObject({
      code: 'taken',
      fields: { subdomain: expect.stringContaining('Another clinic') },
    });
    expect((await provision(body('support'))).json.error).toMatchObject({
      code: 'taken',
      fields: { subdomain: expect.stringContaining('reserved') },
    });
  });

  test('429 with Retry-After from the sixth on within a quarter of an hour, per address', async () => {
    const from = { 'x-forwarded-for': '198.51.100.7' };
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) statuses.push((await provision(body('alder'), from)).status);
    const sixth = await provision(body('alder'), from);
    expect([statuses, sixth.status]).toEqual([[409, 409, 409, 409, 409], 429]);
    expect(Number(sixth.headers['retry-after'])).toBeGreaterThan(800);
    const spoofed = await provision(body('alder'), { 'x-forwarded-for': '192.0.2.1, 198.51.100.7' });
    expect(spoofed.status).toBe(429);
    expect((await provision(body('alder'))).status).toBe(409);
  });

  test('an address with an account must prove its password and gains a second clinic', async () => {
    const first = body('elm-first');
    expect((await provision(first)).status).toBe(201);
    const second = body('elm-second', { adminEmail: first.adminEmail });
    const wrong = await provision({ ...second, adminPassword: 'some other long one' });
    expect([wrong.status, Object.keys(wrong.json.error.fields)]).toEqual([401, ['adminPassword']]);
    expect(await count('public.tenants where slug = $1', ['elm-second'])).toBe(0);
    expect((await provision(second)).status).toBe(201);
    expect(await count('public.memberships m join auth.users u on u.id = m.user_id where u.email = $1', [first.adminEmail])).toBe(2);
  });

  test('a repeated Idempotency-Key answers the same clinic and hands out no second session', async () => {
    const input = body('elm-again');
    const key = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => provision(input, key)));
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(1);
    expect(answers.every(({ status, json }) => status === 201 || json.error.code === 'in_flight')).toBe(true);
    expect(answers.filter(({ json }) => json.redirect_url?.includes('#'))).toHaveLength(1);
    const later = await provision(input, key);
    expect([later.status, later.json.redirect_url]).toEqual([201, `http://${hostOf('elm-again')}/login`]);
    expect(new Set([...answers, later].map(({ json }) => json.tenant_id).filter(Boolean)).size).toBe(1);
  });

  test('the same new address for many names makes one account', async () => {
    const adminEmail = `many-${randomUUID()}@elm.test`;
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => provision(body(`elm-many-${n}`, { adminEmail }))));
    expect(answers.every(({ status }) => status < 500)).toBe(true);
    expect(await count('auth.users where email = $1', [adminEmail])).toBe(1);
    const made = answers.filter(({ status }) => status === 201).length;
    expect(await count(`public.tenants where slug like 'elm-many-%'`, [])).toBe(made);
    expect(await count('private.signup_reservations where email = $1', [adminEmail])).toBe(0);
  });

  const rounds = repeated(5, 20);
  test(`P1 50 sign-ups for one name at once, ${rounds} times: one 201, 49 × 409, nothing left behind`, async () => {
    for (let round = 0; round < rounds; round++) {
      const name = `elm-race-${round}`;
      const answers = await Promise.all(Array.from({ length: 50 }, () => provision(body(name))));
      const statuses = answers.map(({ status }) => status).sort();
      expect([name, statuses]).toEqual([name, [201, ...Array(49).fill(409)]]);
    }
    expect(await count(`public.tenants where slug like 'elm-race-%'`, [])).toBe(rounds);
    expect(await count(`auth.users where email like 'elm-race-%'`, [])).toBe(rounds);
    expect(await count(`public.memberships m join public.tenants t on t.id = m.tenant_id where t.slug like 'elm-race-%'`, [])).toBe(rounds);
    expect(await count(`private.signup_reservations where slug like 'elm-race-%'`, [])).toBe(0);
    expect(await count(`graphile_worker.jobs where key like 'signup:%'`, [])).toBe(0);
  });

  test('availability says why a name is not to be had', async () => {
    const ask = async (name: string) =>
      JSON.parse((await send(`/api/subdomain-availability?subdomain=${name}`, { host: hostOf('signup') })).body).status;
    expect([await ask('quite-free'), await ask('ALDER'), await ask('admin'), await ask('a'), await ask('x_y')]).toEqual([
      'available',
      'taken',
      'reserved',
      'malformed',
      'malformed',
    ]);
    expect((await send('/api/subdomain-availability?subdomain=alder', { host: hostOf('alder') })).status).toBe(404);
  });
});

describe('what an interrupted sign-up leaves', () => {
  const reserve = async (slug: string, email: string) =>
    (await sql.query('select private.reserve_subdomain($1, $2, null) as answer', [slug, email])).rows[0].answer;
  const account = async (email: string) => {
    const answer = await fetch(`${stack.SUPABASE_URL}/auth/v1/signup`, {
      method: 'POST',
      headers: { apikey: stack.SUPABASE_PUBLISHABLE_KEY, 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: 'four green kettles sing' }),
    });
    return (await answer.json()).user.id as string;
  };
  const finish = (reservation: string, user: string) =>
    sql.query(`select private.provision_tenant($1, $2, 'Fir Clinic', 'Finn Fir', 'UTC', '{"terms":"1"}', $3, 'sealed')`, [
      reservation,
      user,
      randomBytes(32).toString('hex'),
    ]);

  test('the sweep removes the name and the account, and only after the reservation has run out', async () => {
    const { reservation_id } = await reserve('fir-swept', 'fir@swept.test');
    const user = await account('fir@swept.test');
    await sql.query('select private.sweep_signup($1)', [reservation_id]);
    expect(await count('auth.users where id = $1', [user])).toBe(1);
    await sql.query(`update private.signup_reservations set expires_at = now() where id = $1`, [reservation_id]);
    await expect(finish(reservation_id, user)).rejects.toMatchObject({ code: 'YP001' });
    await sql.query('select private.sweep_signup($1)', [reservation_id]);
    expect(await count('auth.users where id = $1', [user])).toBe(0);
    expect((await reserve('fir-swept', 'other@swept.test')).status).toBe('reserved');
  });

  test('a job of its own is queued for the sweep and disappears with success', async () => {
    const { reservation_id } = await reserve('fir-queued', 'fir@queued.test');
    expect(await count('graphile_worker.jobs where key = $1', [`signup:${reservation_id}`])).toBe(1);
    await finish(reservation_id, await account('fir@queued.test'));
    expect(await count('graphile_worker.jobs where key = $1', [`signup:${reservation_id}`])).toBe(0);
  });

  test('an account that belongs to a clinic is never swept', async () => {
    const email = (await sql.query(`select email from auth.users where email = 'owner@birch.test'`)).rows[0].email;
    const { reservation_id } = await reserve('fir-second', email);
    await sql.query('select private.abandon_signup($1)', [reservation_id]);
    expect(await count('auth.users where email = $1', [email])).toBe(1);
  });

  test('a released name rests for twelve months', async () => {
    const { reservation_id } = await reserve('fir-rested', 'fir@rested.test');
    await finish(reservation_id, await account('fir@rested.test'));
    await sql.query(`delete from public.tenants where slug = 'fir-rested'`);
    expect((await reserve('fir-rested', 'next@rested.test')).status).toBe('reserved_name');
    await sql.query(`update private.reserved_names set until = now() - interval '1 second' where name = 'fir-rested'`);
    expect((await reserve('fir-rested', 'next@rested.test')).status).toBe('reserved');
  });
});
