import path from 'node:path';
import { appEnv, databaseUrl, type StackConfig } from './config';
import { ensureSystemSchema } from './gateway';
import { startInbox } from './inbox';
import type { Run } from './lifecycle';
import { migrate } from './migrate';
import { assertPortsFree } from './ports';
import { endLeftover, startPostgres } from './postgres';
import { keepAlive, startGateway } from './processes';
import { PlainError, step } from './progress';
import { waitFor } from './wait';

/** Starts PostgreSQL, migrates it, then starts the gateway and the inbox; answers the app's environment. */
export async function startStack(config: StackConfig, run: Run): Promise<Record<string, string>> {
  await endLeftover(config);
  await assertPortsFree(config, ['db', 'api', 'inbox']);
  await step('PostgreSQL', () => startPostgres(config, run));
  await step('Migrations', async () => {
    await ensureSystemSchema(config);
    await migrate(databaseUrl(config));
  });
  const logFile = path.join(config.dir, 'gateway.log');
  const gateway = startGateway(run, logFile);
  await step('Data API and Auth', () =>
    waitFor('the gateway to answer', async () => {
      if (gateway.exitCode !== null) throw new PlainError(`The gateway ended; ${logFile} says why.`);
      return fetch(`http://127.0.0.1:${config.ports.api}/health`).then(
        (answer) => answer.ok,
        () => false,
      );
    }),
  );
  keepAlive(run, gateway, () => startGateway(run, logFile));
  await step('Mail inbox', async () => {
    const inbox = await startInbox(config);
    run.onStop(() => inbox.close());
  });
  return appEnv(config);
}
