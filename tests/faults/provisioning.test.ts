import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUrl } from '@/scripts/stack/config';
import { withClient } from '@/scripts/stack/database';
import { waitFor } from '@/scripts/stack/wait';
import { type FaultStack, type Moment, startFaultStack } from '../support/fault-stack';
import { send } from '../support/http';

let faults: FaultStack;
beforeAll(async () => {
  faults = await startFaultStack('faults-provisioning');
});
afterAll(() => faults?.stop());

const adminPassword = 'four green kettles sing';
type SignUp = { slug: string; email: string; answered: number };
const tried: SignUp[] = [];

/** Signs a clinic up and notes how it was answered: 0 when the connection broke. */
async function signUp(slug: string): Promise<SignUp> {
  const email = `owner@${slug}.test`;
  const answered = await send('/api/provision-tenant', {
    host: faults.hostOf('signup'),
    port: faults.app().port,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      companyName: 'Oak Clinic',
      subdomain: slug,
      adminName: 'Olga Oak',
      adminEmail: email,
      adminPassword,
      acceptedTerms: true,
    }),
  }).then(
    ({ status }) => status,
    () => 0,
  );
  const attempt = { slug, email, answered };
  tried.push(attempt);
  return attempt;
}

/** Every part of a clinic that was provisioned; all of them, or none. */
const parts = `
  select
    (select count(*) from public.tenants where slug = $1) as tenants,
    (select count(*) from public.tenant_settings x join public.tenants t on t.id = x.tenant_id where t.slug = $1) as settings,
    (select count(*) from public.tenant_subscriptions x join public.tenants t on t.id = x.tenant_id where t.slug = $1) as subscriptions,
    (select count(*) from public.usage_counters x join public.tenants t on t.id = x.tenant_id where t.slug = $1 and x.period = 'total') as counters,
    (select count(*) from public.roles x join public.tenants t on t.id = x.tenant_id where t.slug = $1) as roles,
    (select count(*) from public.tenant_agreements x join public.tenants t on t.id = x.tenant_id where t.slug = $1) as agreements,
    (select count(*) from public.memberships x join public.tenants t on t.id = x.tenant_id where t.slug = $1) as members,
    (select count(*) from public.profiles p join auth.users u on u.id = p.user_id where u.email = $2) as profiles,
    (select count(*) from auth.users where email = $2) as accounts,
    (select count(*) from private.signup_reservations where slug = $1) as reservations`;
const complete = {
  tenants: 1,
  settings: 1,
  subscriptions: 1,
  counters: 2,
  roles: 5,
  agreements: 3,
  members: 1,
  profiles: 1,
  accounts: 1,
  reservations: 0,
};
const absent = Object.fromEntries(Object.keys(complete).map((name) => [name, 0]));

async function stateOf({ slug, email }: SignUp): Promise<'complete' | 'absent' | Record<string, number>> {
  return withClient(databaseUrl(faults.config), async (client) => {
    const { rows } = await client.query(parts, [slug, email]);
    const counts = Object.fromEntries(Object.entries(rows[0]).map(([name, count]) => [name, Number(count)]));
    if (JSON.stringify(counts) === JSON.stringify(complete)) return 'complete';
    return JSON.stringify(counts) === JSON.stringify(absent) ? 'absent' : counts;
  });
}

type Victim = { name: string; kill: () => void; restart: () => Promise<void> };

async function revive(victim: Victim): Promise<void> {
  await victim.restart();
  await waitFor('the app to be well again', async () => (await faults.health()).status === 200, 30_000);
}

/** Kills at a moment of the given call, and brings back what was killed. Answers whether the sign-up came to that call. */
async function killAt(victim: Victim, call: number, moment: Moment, slug = `oak-${victim.name}-${call}-${moment}`): Promise<boolean> {
  let killed = false;
  faults.intercept(async (number, now) => {
    if (killed || number !== call || now !== moment) return;
    killed = true;
    victim.kill();
  });
  const { answered } = await signUp(slug);
  faults.intercept(undefined);
  if (killed) await revive(victim);
  else expect([slug, answered]).toEqual([slug, 201]);
  return killed;
}

describe('P2 a sign-up that is killed', () => {
  const victims: Victim[] = [
    { name: 'app', kill: () => faults.killApp(), restart: () => faults.restartApp() },
    { name: 'worker', kill: () => faults.killWorker(), restart: async () => undefined },
    { name: 'db', kill: () => faults.killDatabase(), restart: () => faults.restartDatabase() },
  ];

  test('leaves a whole clinic or nothing, at every step and at random, within the minute that a name is held and the one in which jobs are taken over', async () => {
    for (const victim of victims) {
      let calls = 0;
      while (await killAt(victim, calls + 1, 'before')) {
        calls++;
        await killAt(victim, calls, 'after');
      }
      expect(calls).toBeGreaterThanOrEqual(4);
      // At random: in the middle of the work on one call or another.
      for (let round = 0; round < 5; round++)
        await killAt(victim, 1 + Math.floor(Math.random() * calls), 'during', `oak-${victim.name}-random-${round}`);
    }
    const states = new Map<string, Awaited<ReturnType<typeof stateOf>>>();
    await waitFor(
      'every sign-up to be whole or gone',
      async () => {
        for (const attempt of tried) states.set(attempt.slug, await stateOf(attempt));
        return [...states.values()].every((state) => state === 'complete' || state === 'absent');
      },
      150_000,
    ).catch(() => undefined);
    const halves = [...states].filter(([, state]) => state !== 'complete' && state !== 'absent');
    expect(halves).toEqual([]);
    // What was answered with success is there, and both outcomes have happened.
    for (const { slug, answered } of tried) if (answered === 201) expect([slug, states.get(slug)]).toEqual([slug, 'complete']);
    expect(new Set(states.values())).toEqual(new Set(['complete', 'absent']));
  });

  test('can be done again by the same person under the same name, and nobody is locked out', async () => {
    for (const attempt of [...tried]) {
      const state = await stateOf(attempt);
      const again = await signUp(attempt.slug);
      expect([attempt.slug, again.answered]).toEqual([attempt.slug, state === 'complete' ? 409 : 201]);
      const signedIn = await fetch(`${faults.env.SUPABASE_URL}/auth/v1/token?grant_type=password`, {
        method: 'POST',
        headers: { apikey: faults.env.SUPABASE_PUBLISHABLE_KEY ?? '', 'content-type': 'application/json' },
        body: JSON.stringify({ email: attempt.email, password: adminPassword }),
      });
      expect([attempt.slug, signedIn.status]).toEqual([attempt.slug, 200]);
    }
  });

  test('no mail is lost or sent twice', async () => {
    await withClient(databaseUrl(faults.config), async (client: pg.Client) => {
      await waitFor(
        'the queue to empty',
        async () =>
          Number((await client.query('select count(*) from graphile_worker.jobs where attempts < max_attempts')).rows[0].count) === 0,
        150_000,
      );
    });
    const answer = await fetch(`${faults.env.RESEND_API_URL}/emails`);
    const { data } = (await answer.json()) as { data: { to: string[]; subject: string }[] };
    const mails = new Map<string, number>();
    for (const { to, subject } of data) mails.set(`${to[0]} ${subject}`, (mails.get(`${to[0]} ${subject}`) ?? 0) + 1);
    expect([...mails].filter(([, count]) => count > 1)).toEqual([]);
    for (const { email } of tried) expect([...mails.keys()].filter((mail) => mail.startsWith(email)).length, email).toBe(2);
  });
});
