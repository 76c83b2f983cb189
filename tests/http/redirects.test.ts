import { beforeAll, expect, test } from 'vitest';
import { stack } from '../support/env';
import { cookieOf, hostOf, send } from '../support/http';
import { loadWorld } from '../support/world';

const { people } = loadWorld();
let cookie: string;
beforeAll(async () => {
  cookie = await cookieOf(people.alder_owner);
});

const evil = ['evil.com', 'evil.com%00.localhost', 'localhost.evil.com', 'alder.localhost@evil.com', 'evil.com#.localhost', '①②.evil.com'];
const beginnings = [
  '//',
  '\\\\',
  '/\\',
  '\\/',
  '/%5C',
  '%2f%2f',
  '///',
  '/%09/',
  '/\t/',
  'https:',
  'https://',
  'HTTPS:/',
  'http:\\\\',
  '/.//',
];
const schemes = ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,<script>alert(1)</script>', 'vbscript:x', ' //evil.com'];
const rest = [
  '/%2e%2e//evil.com',
  '/login?next=//evil.com',
  '//evil.com/%2e%2e',
  ';//evil.com',
  '.evil.com',
  '@evil.com',
  ':80@evil.com',
  '/..//evil.com',
];
const payloads = [
  ...beginnings.flatMap((start) => evil.map((host) => `${start}${host}`)),
  ...schemes,
  ...rest,
  'evil.com',
  '%68ttps://evil.com',
  '\u3002evil.com',
];

const places: [label: string, signedIn: boolean, paths: string[]][] = [
  ['', false, ['/', '/find', '/pricing', '/login']],
  ['signup', false, ['/', '/login']],
  ['alder', false, ['/', '/login', '/patients', '/forgot-password', '/reset-password', '/verify-email', '/handoff', '/on-hold', '/closed']],
  ['alder', true, ['/', '/login', '/on-hold', '/closed', '/handoff']],
  ['dogwood', false, ['/', '/login']],
  ['admin', false, ['/', '/login', '/second-factor', '/welcome', '/clinics']],
];
const parameters = [
  'next',
  'redirect',
  'redirect_to',
  'redirect_url',
  'returnTo',
  'return_url',
  'url',
  'continue',
  'to',
  'dest',
  'callbackUrl',
  'ended',
];

test('H5 no address that is handed in sends anybody elsewhere', async () => {
  expect(payloads.length).toBeGreaterThanOrEqual(100);
  let redirected = 0;
  for (const [label, signedIn, paths] of places) {
    const host = hostOf(label);
    const origin = `${new URL(stack.APP_URL).protocol}//${host}`;
    const headers: Record<string, string> = signedIn ? { cookie } : {};
    for (const payload of payloads) {
      const query = new URLSearchParams(parameters.map((name) => [name, payload]));
      const path = `${paths[payloads.indexOf(payload) % paths.length]}?${query}`;
      const asPath = `/${encodeURI(payload).replaceAll('#', '%23')}`;
      for (const target of [path, asPath]) {
        const answer = await send(target, { host, headers });
        const refresh = /url=(.*)$/.exec(String(answer.headers.refresh ?? ''))?.[1];
        for (const location of [answer.headers.location, refresh]) {
          if (location === undefined) continue;
          redirected++;
          expect(new URL(location, origin).origin, `${host}${target} → ${location}`).toBe(origin);
        }
      }
    }
  }
  // Redirects do happen: the signed-out go to the sign-in page.
  expect(redirected).toBeGreaterThan(50);
});
