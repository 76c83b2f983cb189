import { afterEach, expect, test } from 'vitest';
import type { Run } from '@/scripts/stack/lifecycle';
import { freePort } from '@/scripts/stack/ports';
import { startApp } from '@/scripts/stack/processes';
import { waitFor } from '@/scripts/stack/wait';
import { hostOf, send } from '../support/http';

let stop: (() => Promise<void> | void) | undefined;
afterEach(() => stop?.());

test('health is 503 with the reasons when database and gateway do not answer, and pages say so without detail', async () => {
  const port = await freePort();
  const run: Run = {
    signal: new AbortController().signal,
    note: () => undefined,
    onStop: (end) => {
      stop = end;
    },
  };
  const env = { ...(process.env as Record<string, string>), PORT: String(port), SUPABASE_URL: `http://127.0.0.1:${await freePort()}` };
  startApp(run, 'start', env, '.local/test/unreachable.log');
  const health = () => send('/api/health', { host: hostOf(''), port });
  await waitFor(
    'the app without a gateway',
    () =>
      health().then(
        () => true,
        () => false,
      ),
    60_000,
  );
  const answer = await health();
  expect([answer.status, JSON.parse(answer.body)]).toEqual([503, { status: 'unavailable', reasons: ['gateway', 'database'] }]);

  const page = await send('/login', { host: hostOf('alder'), port });
  expect(page.status).toBe(500);
  expect(page.body).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|at \w+ \(/);
  const signUp = await send('/api/provision-tenant', {
    host: hostOf('signup'),
    port,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.5' },
    body: JSON.stringify({
      companyName: 'Oak Clinic',
      subdomain: 'oak',
      adminName: 'Ola Oak',
      adminEmail: 'ola@oak.test',
      adminPassword: 'four green kettles sing',
      acceptedTerms: true,
    }),
  });
  expect([signUp.status, JSON.parse(signUp.body).error.code]).toEqual([503, 'unavailable']);
});
