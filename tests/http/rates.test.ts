import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostOf, send } from '../support/http';
import { type SecondApp, startSecondApp } from '../support/second-app';

let second: SecondApp;
beforeAll(async () => {
  second = await startSecondApp('second');
});
afterAll(() => second.stop());

/** A sign-up for a taken name: it costs an attempt and makes nothing. */
function attempt(forwardedFor: string, port?: number, headers: Record<string, string> = {}) {
  return send('/api/provision-tenant', {
    host: hostOf('signup'),
    port,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': forwardedFor, ...headers },
    body: JSON.stringify({
      companyName: 'Elm Street Clinic',
      subdomain: 'alder',
      adminName: 'Erin Elm',
      adminEmail: `${randomUUID()}@elm.test`,
      adminPassword: 'four green kettles sing',
      acceptedTerms: true,
    }),
  });
}

test('L2 two processes count one address together, a restart forgets nothing, and no header makes a second address', async () => {
  const address = '203.0.113.77';
  const statuses: number[] = [];
  for (let n = 0; n < 5; n++) statuses.push((await attempt(address, n % 2 === 0 ? second.port : undefined)).status);
  expect(statuses).toEqual([409, 409, 409, 409, 409]);
  for (const port of [undefined, second.port]) {
    const sixth = await attempt(address, port);
    expect(sixth.status).toBe(429);
    expect(Number(sixth.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(sixth.headers['retry-after'])).toBeLessThanOrEqual(900);
    expect(JSON.parse(sixth.body).error).toMatchObject({
      code: 'rate_limited',
      message: expect.stringMatching(/try again in \d+ minutes?/),
    });
  }

  await second.stop();
  second = await startSecondApp('second');
  expect((await attempt(address, second.port)).status).toBe(429);

  const disguises: [string, Record<string, string>][] = [
    [`198.51.100.9, ${address}`, {}],
    [`${address}:4711`, {}],
    [`::ffff:${address}`, {}],
    [address, { 'x-real-ip': '198.51.100.9', 'cf-connecting-ip': '198.51.100.9', 'true-client-ip': '198.51.100.9' }],
    [address, { forwarded: 'for=198.51.100.9', 'x-client-ip': '198.51.100.9', 'x-forwarded-host': 'signup.elsewhere' }],
  ];
  for (const [forwardedFor, headers] of disguises) expect((await attempt(forwardedFor, undefined, headers)).status, forwardedFor).toBe(429);
  expect((await attempt('203.0.113.78', second.port)).status).toBe(409);
});

test('L2 50 attempts at once from one address: exactly five get through', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => attempt('203.0.113.79', n % 2 ? second.port : undefined)));
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(45);
});

test('L2 one IPv6 client is one address, however many of its own it uses', async () => {
  for (let n = 1; n <= 5; n++) expect((await attempt(`2001:db8:1:2::${n}`)).status).toBe(409);
  expect((await attempt('2001:db8:1:2:aaaa:bbbb:cccc:dddd')).status).toBe(429);
  expect((await attempt('2001:db8:1:3::1')).status).toBe(409);
});
