import { freePort } from '@/scripts/stack/ports';
import { startApp } from '@/scripts/stack/processes';
import { waitFor } from '@/scripts/stack/wait';
import { send } from './http';

/** Another process of the app, on a port of its own. */
export type SecondApp = { port: number; pid: number; stop: () => Promise<void> };

/** Starts the build of the test run once more, with variables of its own, and waits until it answers; on a free port, or on one that is asked for. */
export async function startSecondApp(name: string, env: Record<string, string> = {}, wanted?: number): Promise<SecondApp> {
  const port = wanted ?? (await freePort());
  let stop: SecondApp['stop'] | undefined;
  const app = startApp(
    {
      signal: new AbortController().signal,
      note: () => undefined,
      onStop: (end) => {
        stop = async () => end();
      },
    },
    'start',
    { ...(process.env as Record<string, string>), ...env, PORT: String(port) },
    `.local/test/${name}.log`,
  );
  try {
    await waitFor(
      `the app "${name}"`,
      () =>
        send('/api/health', { host: 'health.check', port }).then(
          () => true,
          () => false,
        ),
      60_000,
    );
  } catch (error) {
    await stop?.();
    throw error;
  }
  if (!stop || !app.pid) throw new Error(`the app "${name}" did not start`);
  return { port, pid: app.pid, stop };
}
