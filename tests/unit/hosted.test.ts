import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type AuthSettings, judgeAuthSettings, readAuthSettings } from '@/scripts/stack/auth-settings';

const right: AuthSettings = {
  disable_signup: false,
  external_email_enabled: true,
  external_anonymous_users_enabled: false,
  mailer_autoconfirm: true,
  mfa_totp_enroll_enabled: true,
  mfa_totp_verify_enabled: true,
  password_min_length: 12,
  security_update_password_require_reauthentication: true,
  security_sb_forwarded_for_enabled: true,
  refresh_token_rotation_enabled: true,
  sessions_single_per_user: null,
  jwt_exp: 3600,
  rate_limit_token_refresh: 150,
  rate_limit_verify: 30,
};

let seen: { url: string; headers: IncomingHttpHeaders }[] = [];
const supabase = createServer((request, response) => {
  seen.push({ url: request.url ?? '', headers: request.headers });
  const refused = request.headers.authorization === 'Bearer wrong';
  response.writeHead(refused ? 401 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(right));
});
const publishable = 'sb_publishable_0123456789';
const secret = 'sb_secret_0123456789abcd';
let origin = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => supabase.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(supabase.address() as AddressInfo).port}`;
  for (const [name, value] of Object.entries({
    APP_URL: 'http://localhost:3000',
    SUPABASE_URL: origin,
    SUPABASE_PUBLISHABLE_KEY: publishable,
    SUPABASE_SECRET_KEY: secret,
    DATABASE_URL: 'postgres://user:pw@db.example:5432/postgres',
    APP_SECRET: 'x'.repeat(32),
    SMTP_URL: 'smtps://user:pw@mail.example:465',
    STRIPE_SECRET_KEY: 'sk_test_unit',
    STRIPE_WEBHOOK_SECRETS: 'whsec_unit',
  })) {
    vi.stubEnv(name, value);
  }
});
afterAll(() => {
  vi.unstubAllEnvs();
  supabase.close();
});

/** What arrives at Supabase when the app passes a client's request on. */
async function forwarded(address: string | null, path: string, authorization = `Bearer ${publishable}`): Promise<IncomingHttpHeaders> {
  const { authFetch } = await import('@/lib/infra/auth-fetch');
  seen = [];
  await authFetch(address)(`${origin}${path}`, { headers: { apikey: publishable, authorization } });
  return seen[0]?.headers ?? {};
}

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2::/64', '2001:db8:1:2::'],
])('Auth is told the client address %s', async (address, told) => {
  expect(await forwarded(address, '/auth/v1/token?grant_type=password')).toMatchObject({
    apikey: secret,
    authorization: `Bearer ${secret}`,
    'sb-forwarded-for': told,
  });
});
test("a person's own token stays the person's own", async () => {
  expect(await forwarded('203.0.113.7', '/auth/v1/user', 'Bearer person')).toMatchObject({
    apikey: secret,
    authorization: 'Bearer person',
  });
});
test.each([
  ['without an address', null, '/auth/v1/token'],
  ['at the data API', '203.0.113.7', '/rest/v1/rpc/gate'],
  ["at Auth's administration", '203.0.113.7', '/auth/v1/admin/users'],
  ['at a path that only looks alike', '203.0.113.7', '/rest/v1/auth/v1/token'],
])('nothing is added %s', async (_where, address, path) => {
  const headers = await forwarded(address, path);
  expect([headers.apikey, headers['sb-forwarded-for']]).toEqual([publishable, undefined]);
});

test('the settings of Auth that the product wants have no problem', () => {
  expect(judgeAuthSettings(right).filter(({ problem }) => problem)).toEqual([]);
});
test.each<[Partial<AuthSettings>, RegExp]>([
  [{ disable_signup: true }, /new users/],
  [{ external_email_enabled: false }, /by e-mail/],
  [{ external_anonymous_users_enabled: true }, /anonymous/],
  [{ mailer_autoconfirm: false }, /Confirm email/],
  [{ mfa_totp_verify_enabled: false }, /TOTP/],
  [{ password_min_length: 11 }, /12/],
  [{ security_update_password_require_reauthentication: false }, /Secure password change/],
  [{ security_sb_forwarded_for_enabled: false }, /IP address forwarding/],
  [{ refresh_token_rotation_enabled: false }, /rotation/],
  [{ sessions_single_per_user: true }, /single session/],
  [{ jwt_exp: 86_400 }, /3600/],
  [{ rate_limit_token_refresh: 10 }, /150/],
  [{ rate_limit_verify: 5 }, /30/],
])('the setting %o is named with its remedy', (change, remedy) => {
  const problems = judgeAuthSettings({ ...right, ...change }).flatMap(({ problem }) => problem ?? []);
  expect(problems).toEqual([expect.stringMatching(remedy)]);
});
test('the settings are read with the token, and a refusal is said', async () => {
  seen = [];
  expect(await readAuthSettings('abc', 'token', origin)).toEqual(right);
  expect([seen[0]?.url, seen[0]?.headers.authorization]).toEqual(['/v1/projects/abc/config/auth', 'Bearer token']);
  await expect(readAuthSettings('abc', 'wrong', origin)).rejects.toThrow('Supabase answered 401');
});
