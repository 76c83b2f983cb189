import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createServerClient } from '@supabase/ssr';
import { createClient } from '@supabase/supabase-js';
import type pg from 'pg';
import { auditFigures, permissionFigures } from './bench/audit';
import { makeBareFunctions, withBarePage } from './bench/bare-page';
import { gateFigures, webhookFigures } from './bench/billing';
import { growthFigures, policyFigures, quotaFigures } from './bench/database';
import { judgePlans } from './bench/plans';
import { addHistory, bindOwner, fillPatients, largeRows, makeClinics, smallRows } from './bench/populate';
import { type Figure, printFigures } from './bench/report';
import { printShares, shares } from './bench/shares';
import { pageFigures, provisioningFigure, scriptFigure, serveBuild, streamFigure } from './bench/web';
import { buildApp, copyWithoutMiddleware } from './stack/build';
import { databaseUrl, root, type StackConfig } from './stack/config';
import { withClient } from './stack/database';
import { startStack } from './stack/index';
import { type Run, withServices } from './stack/lifecycle';
import { ownStack } from './stack/ports';
import { endLeftover, eraseData } from './stack/postgres';
import { main, PlainError, step } from './stack/progress';

const dir = path.join(root, '.local', 'bench');
const dist = '.next-bench';
const password = 'seven quiet lighthouses';

/** The address of another database of the same server. */
const other = (url: string, name: string) => url.replace(/[^/]+$/, name);

/** A hash of what the data depends on: it is made once for each. */
function dataHash(): string {
  const hash = createHash('sha256');
  const migrations = path.join(root, 'supabase/migrations');
  for (const file of readdirSync(migrations).sort()) hash.update(readFileSync(path.join(migrations, file)));
  return hash.update(readFileSync(path.join(root, 'scripts/bench/populate.ts'))).digest('hex');
}

/** 1,000 clinics; two copies with 20,000 patients, then the database itself with 2,000,000. */
async function populate(config: StackConfig): Promise<void> {
  const url = databaseUrl(config);
  await step('1,000 clinics with 20,000 patients', () =>
    withClient(url, async (sql) => {
      await makeClinics(sql);
      await addHistory(sql);
      await fillPatients(sql, smallRows);
    }),
  );
  await step('Two copies of it', () =>
    withClient(other(url, 'template1'), async (sql) => {
      await sql.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'postgres'`);
      await sql.query('create database small template postgres');
      await sql.query('create database plain template postgres');
    }),
  );
  await step('2,000,000 patients', () => withClient(url, (sql) => fillPatients(sql, largeRows)));
}

/** An owner of a clinic: the cookie that signing in leaves, and the token in it. */
async function memberOf(env: Record<string, string>, sql: pg.Client, slug: string): Promise<{ cookie: string; token: string }> {
  const { SUPABASE_URL = '', SUPABASE_PUBLISHABLE_KEY = '' } = env;
  const email = `member-${randomUUID()}@${slug}.test`;
  const auth = createClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, { auth: { persistSession: false } }).auth;
  const { data, error } = await auth.signUp({ email, password });
  if (error || !data.session || !data.user) throw error ?? new Error('no session');
  await sql.query(`insert into public.profiles (user_id, full_name, email_verified_at) values ($1, 'Member', now())`, [data.user.id]);
  await sql.query(
    `insert into public.memberships (tenant_id, user_id, role_id)
     select t.id, $2, r.id from public.tenants t join public.roles r on r.tenant_id = t.id and r.key = 'owner' where t.slug = $1`,
    [slug, data.user.id],
  );
  const claims = JSON.parse(Buffer.from(data.session.access_token.split('.')[1] ?? '', 'base64url').toString());
  await sql.query(
    `insert into private.tenant_sessions (session_id, tenant_id, user_id, last_seen_at)
     select $2, id, $3, now() + interval '6 hours' from public.tenants where slug = $1`,
    [slug, claims.session_id, data.user.id],
  );
  const jar = new Map<string, string>();
  const client = createServerClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
    cookieOptions: { name: 'session' },
    cookies: {
      getAll: () => [...jar].map(([name, value]) => ({ name, value })),
      setAll: (list) => {
        for (const { name, value } of list) jar.set(name, value);
      },
    },
  });
  await client.auth.setSession(data.session);
  return { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '), token: data.session.access_token };
}

/** Runs with connections to the two databases, which are closed whatever happens: a server that stops would drop them. */
async function withDatabases<T>(url: string, run: (sql: pg.Client, small: pg.Client) => Promise<T>): Promise<T> {
  return withClient(url, (sql) => withClient(other(url, 'small'), (small) => run(sql, small)));
}

/** Inserts with the quota and without, spread over eight clinics. */
async function quotaOf(sql: pg.Client, url: string): Promise<Figure[]> {
  const { rows } = await sql.query(`select id from public.tenants where slug = any($1)`, [
    Array.from({ length: 8 }, (_, n) => `bench-${n + 20}`),
  ]);
  return quotaFigures(
    sql,
    url,
    rows.map(({ id }) => id),
  );
}

async function measure(config: StackConfig, env: Record<string, string>, run: Run): Promise<number> {
  const url = databaseUrl(config);
  return withDatabases(url, async (sql, small) => {
    const owner = await bindOwner(sql, 'bench-1');
    if (process.argv.includes('--plans')) {
      const problems = await judgePlans(sql, url, owner);
      console.log(
        problems.length === 0
          ? '\nNo sequential scan, no hashed subplan, the clinic in every index condition.'
          : `\n${problems.join('\n')}`,
      );
      return problems.length === 0 ? 0 : 1;
    }
    if (process.argv.includes('--billing')) {
      const figures = await step('Gate', () => gateFigures(sql, url, owner));
      figures.push(...(await step('Quota', () => quotaOf(sql, url))));
      const buildEnv = { ...env, NEXT_DIST_DIR: dist };
      await step('Build', () => buildApp(buildEnv, run.signal));
      const served = await serveBuild(run, env, dist, path.join(dir, 'app.log'));
      const { cookie } = await memberOf(env, sql, 'bench-1');
      figures.push(await step('Stream', () => streamFigure(served, 'bench-1', cookie, sql)));
      figures.push(...(await step('Events', () => webhookFigures(sql, env, served, run, dir))));
      printFigures(figures);
      return figures.every(({ met }) => met) ? 0 : 1;
    }
    const figures = await step('Policies', () => policyFigures(sql, url, owner));
    const smallSide = { sql: small, url: other(url, 'small'), owner: await bindOwner(small, 'bench-1') };
    figures.push(...(await step('Growth', () => growthFigures({ sql, url, owner }, smallSide))));
    await withClient(other(url, 'plain'), async (plain) => {
      const plainSide = { sql: plain, url: other(url, 'plain'), owner: await bindOwner(plain, 'bench-1') };
      figures.push(...(await step('Permissions', () => permissionFigures(smallSide, plainSide))));
      figures.push(...(await step('Log', () => auditFigures(smallSide, plainSide))));
    });
    figures.push(...(await step('Gate', () => gateFigures(sql, url, owner))));
    figures.push(...(await step('Quota', () => quotaOf(sql, url))));
    // Said before the app is built: one that does not answer takes no figure away.
    printFigures(figures);

    await makeBareFunctions(sql, url, 'bench-1', owner);
    const buildEnv = { ...env, NEXT_DIST_DIR: dist };
    await step('Build', () => withBarePage(dist, () => buildApp(buildEnv, run.signal)));
    const served = await serveBuild(run, env, dist, path.join(dir, 'app.log'));
    const bare = await serveBuild(run, env, copyWithoutMiddleware(dist), path.join(dir, 'bare.log'));
    const { cookie, token } = await memberOf(env, sql, 'bench-1');
    const ofPages = await step('Pages', () => pageFigures(served, bare, 'bench-1', cookie));
    ofPages.push(await step('Scripts', () => scriptFigure(served, 'bench-1', cookie)));
    ofPages.push(await step('Stream', () => streamFigure(served, 'bench-1', cookie, sql)));
    ofPages.push(await step('Sign-ups', () => provisioningFigure(served)));
    ofPages.push(...(await step('Events', () => webhookFigures(sql, env, served, run, dir))));
    printFigures(ofPages);
    printShares(await step('Where the time goes', () => shares({ served, bare, label: 'bench-1', cookie, token, env, url, owner })));
    return [...figures, ...ofPages].every(({ met }) => met) ? 0 : 1;
  });
}

/** `npm run bench` prints the figures of docs/benchmarks.md; `-- --billing` those of billing alone, `-- --plans` has the plans judged instead. */
await main(async () => {
  if (process.env.SUPABASE_URL) throw new PlainError('The benchmark runs on a stack of its own: unset SUPABASE_URL.');
  mkdirSync(dir, { recursive: true });
  process.env.SIGNUP_RATE_LIMIT = '1000000';
  const config = await ownStack(dir);
  process.exitCode = await withServices(dir, async (run) => {
    await endLeftover(config);
    const state = dataHash();
    const stamp = path.join(dir, 'populated');
    const isPopulated = existsSync(stamp) && readFileSync(stamp, 'utf8') === state;
    if (!isPopulated) {
      rmSync(stamp, { force: true });
      eraseData(config);
    }
    for (const log of ['app.log', 'bare.log', 'gateway.log']) rmSync(path.join(dir, log), { force: true });
    const env = await startStack(config, run);
    if (!isPopulated) {
      await populate(config);
      writeFileSync(stamp, state);
    }
    return measure(config, env, run);
  });
  process.exit();
});
