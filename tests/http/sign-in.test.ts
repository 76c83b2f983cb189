import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../support/database';
import { stack } from '../support/env';
import { type Answer, callAction, hostOf } from '../support/http';
import { type SecondApp, startSecondApp } from '../support/second-app';
import { createClinic, createPerson, password } from '../support/world';

const email = 'owner@rowanberry.test';
let sql: pg.Client;
let clinic: string;
let app: SecondApp;
beforeAll(async () => {
  sql = await connect();
  clinic = await createClinic(sql, 'rowanberry', 'Rowanberry Clinic', await createPerson(stack, email));
  app = await startSecondApp('sign-in', { SIGN_IN_RATE_LIMIT: '2' });
});
afterAll(async () => {
  await app.stop();
  await sql.end();
});

type Attempt = { address: string; words?: string; device?: string; who?: string };

function signIn({ address, words = password, device, who = email }: Attempt): Promise<Answer> {
  const call = { page: '/login', host: hostOf('rowanberry'), port: app.port, cookie: device, headers: { 'x-forwarded-for': address } };
  return callAction('signIn', { email: who, password: words }, call);
}
const outcome = ({ body }: Answer) => /"(ok|bad_credentials|rate_limited)"/.exec(body)?.[1];
const deviceOf = ({ headers }: Answer) => headers['set-cookie']?.find((cookie) => cookie.startsWith('device='))?.split(';')[0] ?? '';

test('a stranger cannot lock a known device out, and the device cannot guess without end', async () => {
  const first = await signIn({ address: '203.0.113.1' });
  expect(outcome(first)).toBe('ok');
  const device = deviceOf(first);
  expect(first.headers['set-cookie']?.find((cookie) => cookie.startsWith('device='))).toMatch(/HttpOnly.*SameSite=lax/i);
  expect(device).not.toContain('rowanberry');

  // Two attempts an address, forty in all: then the account takes no more from strangers.
  const strangers: (string | undefined)[] = [];
  for (let n = 0; n < 41; n++) strangers.push(outcome(await signIn({ address: `198.51.100.${n}`, words: 'a wild guess' })));
  expect(strangers.slice(0, 39).every((answer) => answer === 'bad_credentials')).toBe(true);
  expect(strangers.at(-1)).toBe('rate_limited');
  expect(outcome(await signIn({ address: '203.0.113.2' }))).toBe('rate_limited');

  expect(outcome(await signIn({ address: '203.0.113.3', device }))).toBe('ok');
  // The cookie is one account's: for another it is worth nothing.
  expect(outcome(await signIn({ address: '203.0.113.3', device, who: 'nobody@rowanberry.test' }))).toBe('bad_credentials');
  const guesses: (string | undefined)[] = [];
  for (let n = 0; n < 3; n++) guesses.push(outcome(await signIn({ address: `203.0.113.${n + 10}`, device, words: 'a wild guess' })));
  expect(guesses).toEqual(['bad_credentials', 'rate_limited', 'rate_limited']);
});

test('each failure stands in the clinic’s log, with the address, and without what was typed', async () => {
  const { rows } = await sql.query(
    `select l.address, l.reason, l.user_agent, m.id is not null as known from public.audit_log l
     left join public.memberships m on m.tenant_id = l.tenant_id and m.id = l.record_id
     where l.tenant_id = $1 and l.action = 'sessions.refused' order by l.id`,
    [clinic],
  );
  expect(rows.filter(({ known }) => known).length).toBeGreaterThan(39);
  expect(rows[0]).toEqual({ address: '198.51.100.0', reason: 'bad_credentials', user_agent: null, known: true });
  expect(rows.filter(({ known }) => !known)).toMatchObject([{ address: '203.0.113.3' }]);
});
