import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { runMigrations } from 'graphile-worker';
import { root } from './config';
import { withClient } from './database';
import { PlainError } from './progress';

const run = promisify(execFile);

/** Runs the Supabase CLI against a database address; no Docker is needed for that. */
export async function supabaseCli(databaseUrl: string, args: string[]): Promise<string> {
  const require = createRequire(import.meta.url);
  const bin = path.join(path.dirname(require.resolve('supabase/package.json')), 'dist', 'supabase.js');
  const remote = databaseUrl.includes('127.0.0.1') ? `${databaseUrl}?sslmode=disable` : databaseUrl;
  const child = run(process.execPath, [bin, ...args, `--remote=${remote}`], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, SUPABASE_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  });
  child.child.stdin?.end();
  const { stdout } = await child;
  return stdout;
}

/** The queue's functions come without a search path of their own, which the advisors call a risk. */
const pinQueueSearchPath = `
  do $$
  declare f record;
  begin
    for f in select oid::regprocedure as signature from pg_catalog.pg_proc where pronamespace = 'graphile_worker'::regnamespace and prokind = 'f' loop
      execute format('alter function %s set search_path = pg_catalog, graphile_worker', f.signature);
    end loop;
  end
  $$`;

/** What to do about a hosted database whose history is another one. */
export const otherHistory = 'What is applied does not change: take the file’s text back, or say it in a new migration.';

type Migration = { version: string; file: string; text: string };
/** A migration as the CLI has noted it when it applied it; without its text where the history was repaired by hand. */
type Applied = { version: string; name: string; text: string | null };

/** The migrations of this checkout, in order. */
function readMigrations(): Migration[] {
  const folder = path.join(root, 'supabase/migrations');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ version: file.split('_')[0] ?? file, file, text: readFileSync(path.join(folder, file), 'utf8') }));
}

async function readApplied(databaseUrl: string): Promise<Applied[]> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(`select to_regclass('supabase_migrations.schema_migrations') is not null as known`);
    if (!rows[0].known) return [];
    const applied = await client.query(
      `select version, coalesce(name, '') as name, array_to_string(statements, '') as text from supabase_migrations.schema_migrations order by 1`,
    );
    return applied.rows;
  });
}

/** The CLI notes single statements, without what stands between them. */
const bare = (text: string) => text.replace(/[\s;]+/g, '');

/**
 * Compares what was applied to a database with the migrations of this checkout.
 * @returns the migrations that are missing
 * @throws {PlainError} naming the first that was edited after it was applied, that this checkout does not have, or that was added
 *   before others that are applied
 */
export function missingMigrations(migrations: Migration[], applied: Applied[], remedy: string): Migration[] {
  for (const { version, name, text } of applied) {
    const ours = migrations.find((migration) => migration.version === version);
    if (!ours)
      throw new PlainError(
        `This database has the migration ${version}_${name}, which this checkout does not have: it is of another base. ${remedy}`,
      );
    if (text !== null && bare(ours.text) !== bare(text))
      throw new PlainError(`supabase/migrations/${ours.file} was edited after it was applied to this database. ${remedy}`);
  }
  const newest = applied.at(-1)?.version ?? '';
  const missing = migrations.filter(({ version }) => !applied.some((one) => one.version === version));
  const early = missing.find(({ version }) => version < newest);
  if (early)
    throw new PlainError(`supabase/migrations/${early.file} was added before ${newest}, which is applied to this database. ${remedy}`);
  return missing;
}

/** The migrations that a database lacks; the errors of `missingMigrations`. */
export async function findMissing(databaseUrl: string, remedy: string): Promise<Migration[]> {
  return missingMigrations(readMigrations(), await readApplied(databaseUrl), remedy);
}

/**
 * Applies what is missing: the job queue's own schema, then `supabase/migrations` in order.
 * @param remedy what to do about a database that has another history than this checkout
 * @throws {PlainError} when the histories differ or a migration does not apply
 */
export async function migrate(databaseUrl: string, remedy: string): Promise<void> {
  const missing = await findMissing(databaseUrl, remedy);
  await runMigrations({ connectionString: databaseUrl });
  await withClient(databaseUrl, (client) => client.query(pinQueueSearchPath));
  if (missing.length === 0) return;
  try {
    await supabaseCli(databaseUrl, ['db', 'push', '--yes']);
  } catch (error) {
    const text = error && typeof error === 'object' && 'stderr' in error ? String(error.stderr) : String(error);
    throw new PlainError(`The migrations did not apply:\n${text.replaceAll(databaseUrl, '<database>')}`);
  }
}
