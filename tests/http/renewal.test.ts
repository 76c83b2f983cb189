import { stringFromBase64URL, stringToBase64URL } from '@supabase/ssr';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../support/database';
import { stack } from '../support/env';
import { cookieOf, hostOf, send } from '../support/http';
import { bind, createClinic, createPerson, openSession } from '../support/world';

let sql: pg.Client;
let clinic: string;
const email = 'owner@larch.test';
beforeAll(async () => {
  sql = await connect();
  clinic = await createClinic(sql, 'larch', 'Larch Clinic', await createPerson(stack, email));
});
afterAll(() => sql.end());

/** A cookie of a fresh session whose access token has run out, with a refresh token that is good, or is none. */
async function stale(refreshToken?: string): Promise<string> {
  const person = await openSession(stack, email);
  await bind(sql, clinic, person);
  const cookie = await cookieOf(person);
  const session = JSON.parse(stringFromBase64URL(cookie.replaceAll(/(^|; )session(\.\d)?=/g, '').replace('base64-', '')));
  const changed = { ...session, expires_at: 1, expires_in: 0, ...(refreshToken && { refresh_token: refreshToken }) };
  return `session=base64-${stringToBase64URL(JSON.stringify(changed))}`;
}
const open = (path: string, cookie: string) => send(path, { host: hostOf('larch'), headers: { cookie } });

test.each(['/patients', '/api/tenant/current'])('a token that has run out is renewed on the way to %s', async (path) => {
  const answer = await open(path, await stale());
  expect([answer.status, answer.body.includes('Larch Clinic')]).toEqual([200, true]);
  expect(answer.headers['set-cookie']?.some((cookie) => cookie.startsWith('session'))).toBe(true);
  expect((await open('/api/tenant/current', await stale('of nobody'))).status).toBe(401);
});
