import { randomUUID } from 'node:crypto';
import { parseEnv } from '@/lib/infra/env';
import { judgeAuthSettings, readAuthSettings } from './stack/auth-settings';
import { currentEnv, isHosted } from './stack/config';
import { withClient } from './stack/database';
import { findMissing, otherHistory } from './stack/migrate';
import { main } from './stack/progress';

type Finding = { what: string; problem?: string; unknown?: string };

/** Runs one check; an exception is the problem. */
async function check(what: string, run: () => Promise<string | undefined>): Promise<Finding> {
  try {
    return { what, problem: await run() };
  } catch (error) {
    return { what, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Which settings of Auth hold: read where Supabase hosts it, else named, since a GoTrue of one's own tells them to nobody. */
async function authFindings(supabaseUrl: string): Promise<Finding[]> {
  const what = 'The settings of Auth';
  const ref = /^([a-z0-9]+)\.supabase\.co$/.exec(new URL(supabaseUrl).hostname)?.[1];
  const token = process.env.SUPABASE_ACCESS_TOKEN;
  if (!isHosted()) return [];
  if (!ref) return [{ what, unknown: 'Compare the variables of your GoTrue with supabase/config.toml; they cannot be read from here.' }];
  if (!token) return [{ what, problem: 'Set SUPABASE_ACCESS_TOKEN to a personal access token, so that they can be read.' }];
  try {
    return judgeAuthSettings(await readAuthSettings(ref, token));
  } catch (error) {
    return [{ what, problem: error instanceof Error ? error.message : String(error) }];
  }
}

await main(async () => {
  const env = parseEnv({ ...process.env, ...currentEnv() });
  const api = (place: string, key: string) =>
    fetch(`${env.SUPABASE_URL}${place}`, { headers: { apikey: key }, signal: AbortSignal.timeout(10_000) });
  const ask = <T>(sql: string) => withClient(env.DATABASE_URL, async (client) => (await client.query(sql)).rows as T[]);

  const findings = [
    await check('Auth takes sign-ups and confirms them at once', async () => {
      const answer = await api('/auth/v1/settings', env.SUPABASE_PUBLISHABLE_KEY);
      if (!answer.ok) return `Auth answered ${answer.status}: check SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY.`;
      const settings = (await answer.json()) as { disable_signup?: boolean; mailer_autoconfirm?: boolean };
      if (settings.disable_signup) return 'Allow new users to sign up (Authentication, Sign in / Providers).';
      return settings.mailer_autoconfirm === false ? 'Turn "Confirm email" off: the product confirms addresses itself.' : undefined;
    }),
    await check('The secret key can vouch for client addresses', async () =>
      isHosted() && env.TRUSTED_PROXY_HOPS > 0 && !env.SUPABASE_SECRET_KEY.startsWith('sb_secret_')
        ? 'Use a key that begins with sb_secret_ (Settings, API keys): Auth believes forwarded addresses from no other.'
        : undefined,
    ),
    await check('Auth refuses passwords under 12 characters', async () => {
      const answer = await fetch(`${env.SUPABASE_URL}/auth/v1/signup`, {
        method: 'POST',
        headers: { apikey: env.SUPABASE_PUBLISHABLE_KEY, 'content-type': 'application/json' },
        body: JSON.stringify({ email: `doctor-${randomUUID()}@example.com`, password: 'x7-q9Kz_4wB' }),
      });
      const { user } = (await answer.json()) as { user?: { id: string } };
      if (!answer.ok) return answer.status === 422 ? undefined : `Auth answered ${answer.status}.`;
      await fetch(`${env.SUPABASE_URL}/auth/v1/admin/users/${user?.id}`, {
        method: 'DELETE',
        headers: { apikey: env.SUPABASE_SECRET_KEY, authorization: `Bearer ${env.SUPABASE_SECRET_KEY}` },
      });
      return 'Set the minimum password length to 12 (Authentication, Sign in / Providers, Email).';
    }),
    await check('The secret key opens the functions of provisioning', async () => {
      const answer = await fetch(`${env.SUPABASE_URL}/rest/v1/rpc/take_rate_limit`, {
        method: 'POST',
        headers: { apikey: env.SUPABASE_SECRET_KEY, 'content-type': 'application/json' },
        body: JSON.stringify({ p_bucket: 'doctor', p_limit: 1000, p_window_seconds: 60 }),
      });
      return answer.ok ? undefined : `The data API answered ${answer.status}: check SUPABASE_SECRET_KEY, or migrate first.`;
    }),
    await check('The publishable key does not open them', async () => {
      const answer = await fetch(`${env.SUPABASE_URL}/rest/v1/rpc/take_rate_limit`, {
        method: 'POST',
        headers: { apikey: env.SUPABASE_PUBLISHABLE_KEY, 'content-type': 'application/json' },
        body: JSON.stringify({ p_bucket: 'doctor', p_limit: 1000, p_window_seconds: 60 }),
      });
      return answer.ok ? 'Anonymous callers can call service functions: apply the migrations to an empty project.' : undefined;
    }),
    await check('The database answers in session mode', async () => {
      const rows = await withClient(env.DATABASE_URL, async (client) => {
        await client.query('listen doctor');
        return (await client.query<{ n: number }>("select count(*)::int as n from pg_listening_channels() as c where c = 'doctor'")).rows;
      });
      return rows[0]?.n === 1 ? undefined : 'DATABASE_URL goes through a transaction pooler; use the session address (port 5432).';
    }),
    await check('The migrating role bypasses row-level security', async () => {
      const [role] = await ask<{ ok: boolean }>('select rolbypassrls or rolsuper as ok from pg_roles where rolname = current_user');
      return role?.ok ? undefined : 'Connect as postgres: functions owned by other roles would see no rows.';
    }),
    await check('Every migration is applied, as it stands here', async () => {
      const missing = await findMissing(env.DATABASE_URL, otherHistory);
      return missing.length > 0 ? `${missing.length} missing, from ${missing[0]?.file}: run npm run migrate.` : undefined;
    }),
    await check('The job queue is installed', async () => {
      const [row] = await ask<{ ok: boolean }>("select to_regprocedure('graphile_worker.remove_job(text)') is not null as ok");
      return row?.ok ? undefined : 'Run npm run migrate.';
    }),
  ];
  findings.push(...(await authFindings(env.SUPABASE_URL)));
  for (const { what, problem, unknown } of findings) {
    console.log(`${problem ? '✗' : unknown ? '?' : '✓'} ${what}${problem || unknown ? `\n    ${problem ?? unknown}` : ''}`);
  }
  if (findings.some(({ problem }) => problem)) process.exitCode = 1;
});
