import { execFile } from 'node:child_process';
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

/** Applies what is missing: the job queue's own schema, then `supabase/migrations` in order. */
export async function migrate(databaseUrl: string): Promise<void> {
  await runMigrations({ connectionString: databaseUrl });
  await withClient(databaseUrl, (client) => client.query(pinQueueSearchPath));
  try {
    await supabaseCli(databaseUrl, ['db', 'push', '--yes']);
  } catch (error) {
    const text = error && typeof error === 'object' && 'stderr' in error ? String(error.stderr) : String(error);
    throw new PlainError(`The migrations did not apply:\n${text.replaceAll(databaseUrl, '<database>')}`);
  }
}
