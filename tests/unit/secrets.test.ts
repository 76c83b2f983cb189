import { beforeAll, expect, test, vi } from 'vitest';

let secrets: typeof import('@/lib/infra/secrets');
beforeAll(async () => {
  for (const [name, value] of Object.entries({
    APP_URL: 'https://yourcrm.com',
    SUPABASE_URL: 'https://project.supabase.co',
    SUPABASE_PUBLISHABLE_KEY: 'p'.repeat(20),
    SUPABASE_SECRET_KEY: 's'.repeat(20),
    DATABASE_URL: 'postgres://u:p@db.example/postgres',
    APP_SECRET: 'k'.repeat(40),
    SMTP_URL: 'smtp://mail.example',
    STRIPE_SECRET_KEY: 'sk_test_unit',
    STRIPE_WEBHOOK_SECRETS: 'whsec_unit',
    TRUSTED_PROXY_HOPS: '1',
  })) {
    vi.stubEnv(name, value);
  }
  secrets = await import('@/lib/infra/secrets');
});

test('what was sealed opens for its purpose only, and not when a byte changed', () => {
  const sealed = secrets.seal('hand-off', 'a refresh token');
  expect(sealed).not.toContain('refresh');
  expect(secrets.open('hand-off', sealed)).toBe('a refresh token');
  expect(() => secrets.open('another purpose', sealed)).toThrow();
  const bytes = Buffer.from(sealed, 'base64url');
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  expect(() => secrets.open('hand-off', bytes.toString('base64url'))).toThrow();
  expect(secrets.seal('hand-off', 'same')).not.toBe(secrets.seal('hand-off', 'same'));
});

test('tokens have 256 bits, and keyed hashes depend on purpose and value', () => {
  expect(Buffer.from(secrets.randomToken(), 'base64url')).toHaveLength(32);
  expect(new Set(Array.from({ length: 1000 }, secrets.randomToken)).size).toBe(1000);
  expect(secrets.hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(secrets.keyedHash('a', 'x')).toBe(secrets.keyedHash('a', 'x'));
  expect(new Set([secrets.keyedHash('a', 'x'), secrets.keyedHash('b', 'x'), secrets.keyedHash('a', 'y')]).size).toBe(3);
});
