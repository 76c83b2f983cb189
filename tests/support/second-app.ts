import path from 'node:path';
import { root } from '@/scripts/stack/config';
import { noteService } from '@/scripts/stack/lifecycle';
import { freePort } from '@/scripts/stack/ports';
import { startApp } from '@/scripts/stack/processes';
import { PlainError } from '@/scripts/stack/progress';
import { waitFor } from '@/scripts/stack/wait';
import { send } from './http';

/** The folder of the run; what it has started is noted there. */
const runDir = path.join(root, '.local', 'test');
/** Notes a process with the run, which ends it if this one cannot. */
export const noteWithRun = (pid: number | undefined) => noteService(runDir, pid);

/** Another process of the app, on a port of its own. */
export type SecondApp = { port: number; pid: number; stop: () => Promise<void> };

/** Starts the build of the test run once more, with variables of its own, and waits until it answers; on a free port, or on one that is asked for. */
export async function startSecondApp(name: string, env: Record<string, string> = {}, wanted?: number): Promise<SecondApp> {
  const port = wanted ?? (await freePort());
  let stop: SecondApp['stop'] | undefined;
  const app = startApp(
    {
      signal: new AbortController().signal,
      note: noteWithRun,
      onStop: (end) => {
        stop = async () => end();
      },
    },
    'start',
    { ...(process.env as Record<string, string>), ...env, PORT: String(port) },
    path.join(runDir, `${name}.log`),
  );
  try {
    await waitFor(
      `the app "${name}"`,
      async () => {
        if (app.exitCode !== null) throw new PlainError(`The app "${name}" ended; .local/test/${name}.log says why.`);
        return send('/api/health', { host: 'health.check', port }).then(
          () => true,
          () => false,
        );
      },
      60_000,
    );
  } catch (error) {
    await stop?.();
    throw error;
  }
  if (!stop || !app.pid) throw new Error(`the app "${name}" did not start`);
  return { port, pid: app.pid, stop };
}
