import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '@/scripts/stack/wait';
import { connect } from '../support/database';
import { stack } from '../support/env';
import { type EventStream, heard, openStream } from '../support/event-stream';
import { cookieOf, hostOf, send } from '../support/http';
import { startSecondApp } from '../support/second-app';
import { addMember, addPatient, bind, createClinic, createPerson, givePlan, loadWorld, openSession, type Person } from '../support/world';

const { people } = loadWorld();
let sql: pg.Client;
let id: string;
let owner: Person;
let staff: Person;
let leaver: Person;
/** Of somebody who is sent away as the tests begin; it takes a minute to notice. */
let leaving: EventStream;
const host = hostOf('meters');
const streams: EventStream[] = [];

const watch = async (person: Person | undefined, at = host) => {
  const stream = await openStream('/api/tenant/usage/stream', { host: at, ...(person && { cookie: await cookieOf(person) }) });
  streams.push(stream);
  return stream;
};

beforeAll(async () => {
  sql = await connect();
  owner = await createPerson(stack, 'owner@meters.test');
  id = await createClinic(sql, 'meters', 'Meters Clinic', owner);
  await givePlan(sql, id, 'free');
  staff = await createPerson(stack, 'staff@meters.test');
  await addMember(sql, id, staff, 'staff', 'Meters Staff');
  leaver = await createPerson(stack, 'leaver@meters.test');
  await addMember(sql, id, leaver, 'staff', 'Meters Leaver');
  for (const person of [owner, staff, leaver]) await bind(sql, id, person);
  leaving = await watch(leaver);
  await heard(leaving, 1);
  await sql.query(`update public.memberships set status = 'deactivated' where tenant_id = $1 and user_id = $2`, [id, leaver.userId]);
});
afterAll(async () => {
  for (const stream of streams) stream.close();
  await sql.query('delete from public.tenants where id = $1', [id]);
  await sql.end();
});

type Call = { as?: Person; body?: object; origin?: string | null; at?: string };
async function call(path: string, { as, body, origin = `http://${host}`, at = host }: Call = {}) {
  const answer = await send(path, {
    host: at,
    method: body ? 'POST' : 'GET',
    headers: {
      ...(as && { cookie: await cookieOf(as) }),
      ...(body && { 'content-type': 'application/json', ...(origin && { origin }) }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: answer.body && JSON.parse(answer.body) };
}
/** What a stream has told of the patients until now, as `used of limit`; mails are sent meanwhile, and told as well. */
const toldOf = (stream: EventStream): string[] =>
  stream.events
    .filter(({ event }) => event === 'usage')
    .map(({ data }) => `${JSON.parse(data).patients.used} of ${JSON.parse(data).patients.limit}`);
const hears = (stream: EventStream, words: string) => waitFor(`"${words}"`, async () => toldOf(stream).includes(words), 15_000);
const counts = async (metric: string) =>
  (await sql.query(`select used::int from public.usage_counters where tenant_id = $1 and metric = $2 and period = 'total'`, [id, metric]))
    .rows[0].used;

test('any member reads the usage of the clinic of the session, and nobody else', async () => {
  const mine = await call('/api/tenant/usage/current', { as: staff });
  expect(mine).toMatchObject({
    status: 200,
    body: { usage: { patients: { used: 0, limit: 100, period: 'total' }, users: { limit: 5 }, mails: { limit: null, period: 'month' } } },
  });
  expect(mine.headers['cache-control']).toBe('private, no-store');
  for (const stranger of [undefined, people.birch_owner, leaver])
    expect((await call('/api/tenant/usage/current', stranger && { as: stranger })).status).toBe(401);
});

describe('POST /api/tenant/check-limit', () => {
  const check = (body: object, more: Call = {}) => call('/api/tenant/check-limit', { as: staff, body, ...more });

  test('answers before the work is done, and reserves nothing', async () => {
    const used = await counts('patients');
    expect(await check({ metric: 'patients', amount: 100 - used })).toMatchObject({
      status: 200,
      body: { allowed: true, used, limit: 100 },
    });
    expect(await check({ metric: 'patients', amount: 101 - used })).toMatchObject({ status: 200, body: { allowed: false } });
    expect(await check({ metric: 'sms' })).toMatchObject({ status: 200, body: { amount: 1, limit: 0, allowed: false, period: 'month' } });
    expect(await counts('patients')).toBe(used);
  });

  test('names the field that is wrong, and refuses other clinics’ people and other origins', async () => {
    expect(await check({ metric: 'gold' })).toMatchObject({
      status: 400,
      body: { error: { fields: { metric: expect.stringContaining('patients') } } },
    });
    expect(await check({ metric: 'patients', amount: 0 })).toMatchObject({
      status: 400,
      body: { error: { fields: { amount: 'Ask for 1 at least.' } } },
    });
    expect(await check({ metric: 'patients' }, { as: people.birch_owner })).toMatchObject({ status: 401 });
    expect(await check({ metric: 'patients' }, { origin: `http://${hostOf('birch')}` })).toMatchObject({ status: 403 });
    expect(await check({ metric: 'patients' }, { origin: null })).toMatchObject({ status: 403 });
  });

  test('does not go by what the body says of the clinic', async () => {
    const { rows } = await sql.query(`select id from public.tenants where slug = 'birch'`);
    expect(await check({ metric: 'patients', tenant_id: rows[0].id })).toMatchObject({ status: 200, body: { limit: 100 } });
  });
});

test('POST /api/analytics/feature-usage counts features that the plan has', async () => {
  const count = (feature: string, more: Call = {}) => call('/api/analytics/feature-usage', { as: staff, body: { feature }, ...more });
  const uses = async () =>
    (
      await sql.query(`select coalesce(sum(uses), 0)::int as n from private.feature_usage where tenant_id = $1 and feature = 'patients'`, [
        id,
      ])
    ).rows[0].n;
  expect(await count('patients')).toMatchObject({ status: 200, body: { counted: 'patients' } });
  expect(await uses()).toBe(1);
  expect(await count('sso')).toMatchObject({ status: 403, body: { error: { code: 'not_in_plan' } } });
  expect(await count('teleport')).toMatchObject({
    status: 400,
    body: { error: { fields: { feature: 'Name a feature of the catalogue.' } } },
  });
  expect(await count('patients', { as: people.birch_owner })).toMatchObject({ status: 401 });
  expect(await count('patients', { origin: null })).toMatchObject({ status: 403 });
  expect(await uses()).toBe(1);
});

describe('GET /api/tenant/usage/stream', () => {
  test('tells the members of a clinic of a change, and of no other clinic’s', async () => {
    const [mine, foreign] = [await watch(owner), await watch(people.birch_owner, hostOf('birch'))];
    expect(mine.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    await heard(mine, 1);
    await heard(foreign, 1);
    const used = await counts('patients');
    expect(toldOf(mine)[0]).toBe(`${used} of 100`);
    const [theirs] = toldOf(foreign);
    await addPatient(sql, id, 'Streamed');
    await hears(mine, `${used + 1} of 100`);
    await addPatient(sql, id, 'Streamed again');
    await hears(mine, `${used + 2} of 100`);
    expect(new Set(toldOf(foreign))).toEqual(new Set([theirs]));
  });

  test('tells of another limit too', async () => {
    const mine = await watch(owner);
    await heard(mine, 1);
    await sql.query(`insert into public.limit_overrides (tenant_id, metric, max_value, reason) values ($1, 'patients', 300, 'as agreed')`, [
      id,
    ]);
    await hears(mine, `${await counts('patients')} of 300`);
    await sql.query('delete from public.limit_overrides where tenant_id = $1', [id]);
  });

  test('is not for anybody else', async () => {
    for (const [person, at] of [
      [undefined, host],
      [people.birch_owner, host],
      [people.stranger, host],
      [people.ended, hostOf('alder')],
    ] as const)
      expect((await watch(person, at)).status).toBe(204);
    expect((await watch(owner, hostOf(''))).status).toBe(404);
  });

  test('is no activity of the session', async () => {
    const idle = await openSession(stack, 'staff@meters.test');
    await bind(sql, id, idle);
    const seen = async () =>
      (
        await sql.query('select last_seen_at from private.tenant_sessions where session_id = $1', [idle.sessionId])
      ).rows[0].last_seen_at.getTime();
    await sql.query(`update private.tenant_sessions set last_seen_at = now() - interval '5 minutes' where session_id = $1`, [
      idle.sessionId,
    ]);
    const before = await seen();
    const mine = await watch(idle);
    await heard(mine, 1);
    const used = await counts('patients');
    await addPatient(sql, id, 'Unseen');
    await hears(mine, `${used + 1} of 100`);
    expect(await seen()).toBe(before);
    // A page is activity.
    await send('/usage', { host, headers: { cookie: await cookieOf(idle) } });
    expect(await seen()).toBeGreaterThan(before);
  });

  test('of one session is open six times at most, and the oldest gives way', async () => {
    const session = await openSession(stack, 'staff@meters.test');
    await bind(sql, id, session);
    const opened: EventStream[] = [];
    for (let n = 0; n < 7; n++) opened.push(await watch(session));
    await waitFor('the oldest to end', async () => opened[0]?.ended() === true, 10_000);
    expect(opened[0]?.events.at(-1)?.event).toBe('end');
    expect(opened.slice(1).map((stream) => stream.ended())).toEqual([false, false, false, false, false, false]);
  });

  test('keeps no app from stopping', async () => {
    const app = await startSecondApp('meters', { NEXT_DIST_DIR: '.next-test' });
    const alive = () => {
      try {
        return process.kill(app.pid, 0);
      } catch {
        return false;
      }
    };
    try {
      const mine = await openStream('/api/tenant/usage/stream', { host, cookie: await cookieOf(owner), port: app.port });
      await heard(mine, 1);
      process.kill(app.pid, 'SIGTERM');
      await waitFor('the app to stop', async () => !alive(), 30_000);
      expect(mine.ended()).toBe(true);
      expect(mine.events.at(-1)?.event).toBe('usage');
    } finally {
      if (alive()) await app.stop();
    }
  });

  test('ends within a minute when the right is gone', async () => {
    await waitFor('the stream to end', async () => leaving.ended(), 75_000);
    expect(leaving.events.at(-1)?.event).toBe('end');
  });
});
