import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { root } from './config';
import { PlainError } from './progress';
import { waitFor } from './wait';

const ownerSchema = z.object({ owner: z.number() });
const servicesFile = (dir: string) => path.join(dir, 'services');

/** The command line of a live process and, where the system tells, its folder; empty when there is none. */
function traceOf(pid: number): string {
  try {
    if (existsSync('/proc/self/cmdline')) {
      return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')} ${readlinkSync(`/proc/${pid}/cwd`)}`;
    }
    // Next calls its process by a name of its own, without any path.
    const command = execFileSync('ps', ['-p', String(pid), '-o', 'command='], { stdio: 'pipe' }).toString();
    return command.startsWith('next-server') ? root : command;
  } catch {
    return '';
  }
}

/** Whether a process is alive and one of this checkout, not a stranger that got its number. */
export function isOurs(pid: number, mark = root): boolean {
  return pid > 0 && traceOf(pid).includes(mark);
}

/** Sends a signal to a process and all that it has started; one that has ended in the meantime needs none. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** What a run has started; everything in it is stopped in reverse order, whatever happens. */
export type Run = {
  /** Ends with the first of Ctrl-C, SIGTERM and SIGHUP. */
  signal: AbortSignal;
  onStop: (stop: () => Promise<void> | void) => void;
  /** Notes a service's process, so that a later start can end it if this one is killed. */
  note: (pid: number | undefined) => void;
};

/** Notes a process, the leader of its group, of the run that has claimed a folder; any process of that run may. */
export function noteService(dir: string, pid: number | undefined): void {
  if (pid) appendFileSync(servicesFile(dir), `${pid}\n`);
}

/** Makes a folder this process's, once nothing of an earlier start is left in it; answers how to give it back. */
async function claim(dir: string): Promise<() => void> {
  const file = path.join(dir, 'running.json');
  mkdirSync(dir, { recursive: true });
  const earlier = existsSync(file) ? ownerSchema.safeParse(JSON.parse(readFileSync(file, 'utf8') || 'null')).data : undefined;
  if (earlier && earlier.owner !== process.pid && isOurs(earlier.owner)) {
    throw new PlainError(`It is running already (process ${earlier.owner}); end that one first.`);
  }
  const services = existsSync(servicesFile(dir)) ? readFileSync(servicesFile(dir), 'utf8').split('\n').map(Number) : [];
  const leftovers = services.filter((pid) => isOurs(pid));
  for (const pid of leftovers) signalGroup(pid, 'SIGKILL');
  await waitFor('what an earlier start left to end', async () => !leftovers.some((pid) => isOurs(pid)));
  writeFileSync(servicesFile(dir), '');
  writeFileSync(file, JSON.stringify({ owner: process.pid }));
  return () => {
    for (const place of [file, servicesFile(dir)]) rmSync(place, { force: true });
  };
}

/**
 * Runs work that starts services in a folder, and ends all of them afterwards: at its end, at a failure, at Ctrl-C.
 * @returns the work's exit code; 0 when a signal ended it
 */
export async function withServices(dir: string, work: (run: Run) => Promise<number>): Promise<number> {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => abort.abort());
  const release = await claim(dir);
  const stops: (() => Promise<void> | void)[] = [release];
  const interrupted = new Promise<number>((resolve) => abort.signal.addEventListener('abort', () => resolve(0)));
  const working = work({ signal: abort.signal, onStop: (stop) => stops.push(stop), note: (pid) => noteService(dir, pid) });
  // After a signal the work may still fail on what is being stopped under it; that is no news.
  working.catch(() => undefined);
  try {
    return await Promise.race([working, interrupted]);
  } finally {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await Promise.resolve(stop()).catch(() => undefined);
  }
}
