import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { contentSecurityPolicy } from '@/lib/infra/content-security-policy';
import { parseEnv } from '@/lib/infra/env';
import { AppError, errorCodes, fromDatabase } from '@/lib/infra/errors';
import { describeError } from '@/lib/infra/logger';
import { clientAddress, ownOrigin } from '@/lib/infra/request';

const complete = {
  APP_URL: 'https://yourcrm.com',
  SUPABASE_URL: 'https://project.supabase.co',
  SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_0123456789',
  SUPABASE_SECRET_KEY: 'sb_secret_0123456789abcd',
  DATABASE_URL: 'postgres://user:pw@db.example:5432/postgres',
  APP_SECRET: 'x'.repeat(32),
  SMTP_URL: 'smtps://user:pw@mail.example:465',
  STRIPE_SECRET_KEY: 'sk_test_unit',
  STRIPE_WEBHOOK_SECRETS: 'whsec_unit',
  TRUSTED_PROXY_HOPS: '1',
};

describe('parseEnv', () => {
  test('a complete environment gets its defaults', () => {
    expect(parseEnv(complete)).toMatchObject({ TRUSTED_PROXY_HOPS: 1, SIGNUP_RATE_LIMIT: 5, SIGN_IN_RATE_LIMIT: 10, LOG_LEVEL: 'info' });
  });
  test.each([
    ['APP_URL', 'https://yourcrm.com/'],
    ['APP_URL', 'yourcrm.com'],
    ['SUPABASE_URL', ''],
    ['DATABASE_URL', 'https://db.example'],
    ['APP_SECRET', 'short-and-secret'],
    ['TRUSTED_PROXY_HOPS', 'one'],
    ['TRUSTED_PROXY_HOPS', '0'],
    ['SIGNUP_RATE_LIMIT', '0'],
    ['SMTP_URL', ''],
    ['RESEND_API_KEY', 're_both'],
  ])('%s = "%s" is named, and no value is shown', (name, value) => {
    const error = (() => {
      try {
        parseEnv({ ...complete, [name]: value });
      } catch (caught) {
        return caught instanceof Error ? caught.message : '';
      }
      return '';
    })();
    expect(error).toMatch(new RegExp(name === 'RESEND_API_KEY' ? 'SMTP_URL' : name));
    expect(error).not.toContain('short-and-secret');
    expect(error).not.toContain(complete.SUPABASE_SECRET_KEY);
  });
  test('.env.example documents every variable', () => {
    const example = readFileSync('.env.example', 'utf8');
    const source = readFileSync('lib/infra/env.ts', 'utf8') + readFileSync('scripts/stack/config.ts', 'utf8');
    for (const [, name] of source.matchAll(/^\s+([A-Z][A-Z_]+): /gm))
      if (name !== 'EMBEDDED_STACK') expect(example, name).toMatch(new RegExp(`^#? ?${name}=`, 'm'));
  });
});

describe('clientAddress', () => {
  test.each([
    ['1.1.1.1', 0, null],
    [null, 1, null],
    ['', 1, null],
    ['1.1.1.1', 1, '1.1.1.1'],
    ['6.6.6.6, 1.1.1.1', 1, '1.1.1.1'],
    ['6.6.6.6, 1.1.1.1, 2.2.2.2', 2, '1.1.1.1'],
    ['1.1.1.1', 2, null],
    ['1.1.1.1:4711', 1, '1.1.1.1'],
    ['::ffff:1.1.1.1', 1, '1.1.1.1'],
    ['2001:db8:1:2:3:4:5:6', 1, '2001:db8:1:2::/64'],
    ['[2001:db8::1]:443', 1, '2001:db8:0:0::/64'],
    ['unknown', 1, null],
  ] as const)('%s through %d proxies is %s', (header, hops, address) => expect(clientAddress(header, hops)).toBe(address));
});

test('ownOrigin is the scheme of the app and the host of the request', () => {
  expect(ownOrigin('Acme.yourcrm.com', 'https://yourcrm.com')).toBe('https://acme.yourcrm.com');
});

describe('errors', () => {
  test.each([
    ['YQ001', 'quota_exceeded'],
    ['42501', 'forbidden'],
    ['23505', 'taken'],
    ['23514', 'invalid_input'],
    ['22P02', 'invalid_input'],
    ['08006', 'unavailable'],
    ['57P01', 'unavailable'],
    ['40001', 'unavailable'],
    ['', 'unavailable'],
    ['P0001', 'internal'],
  ])('SQLSTATE %s is %s', (code, expected) => {
    const error = fromDatabase({ code, message: 'duplicate key (name)=(Jane Roe)', details: 'Key (x)=(secret)' });
    expect(error.code).toBe(expected);
    expect(`${error.message}${JSON.stringify(error.fields)}`).not.toMatch(/Jane|secret|duplicate/);
  });
  test('a quota names its number and how much of it is used', () => {
    const refused = (used: number) =>
      fromDatabase({ code: 'YQ001', message: 'quota exceeded', details: JSON.stringify({ metric: 'patients', limit: 5000, used }) })
        .message;
    expect(refused(5000)).toBe('Your plan allows 5,000 active patients, and all are in use.');
    expect(refused(4990)).toBe('Your plan allows 5,000 active patients, 4,990 are in use, and this would be more.');
  });
  test('docs/error-codes.md lists every code with its status, and no other', () => {
    const documented = [...readFileSync('docs/error-codes.md', 'utf8').matchAll(/^\|\s*`(\w+)`\s*\|\s*(\d+)\s*\|/gm)].map(
      ([, code, status]) => [code, Number(status)],
    );
    expect(documented).toEqual(Object.entries(errorCodes).map(([code, { status }]) => [code, status]));
  });
  test('what is logged of an error never contains its message', () => {
    const error = new AppError('internal', {
      message: 'about Jane Roe',
      cause: Object.assign(new Error('Key (email)=(jane@roe.test)'), { code: '23505' }),
    });
    const logged = JSON.stringify(describeError(error));
    expect(logged).not.toMatch(/Jane|jane@roe/);
    expect(logged).toContain('23505');
  });
});

test('the content security policy allows scripts by nonce only', () => {
  vi.stubEnv('NODE_ENV', 'production');
  const policy = contentSecurityPolicy('abc123', 'https://yourcrm.com');
  expect(policy).toContain("script-src 'self' 'nonce-abc123' 'strict-dynamic';");
  expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline/);
  expect(policy).toContain('upgrade-insecure-requests');
  expect(contentSecurityPolicy('abc123', 'http://localhost:3000')).not.toContain('upgrade-insecure-requests');
  vi.unstubAllEnvs();
});
