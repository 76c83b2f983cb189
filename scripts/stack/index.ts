import path from 'node:path';
import { appEnv, databaseUrl, type StackConfig } from './config';
import { ensureSystemSchema } from './gateway';
import { startInbox } from './inbox';
import { migrate } from './migrate';
import { assertPortsFree } from './ports';
import { startPostgres } from './postgres';
import { startGateway } from './processes';
import { PlainError, step } from './progress';
import { waitFor } from './wait';

export type Stack = { env: Record<string, string>; stop: () => Promise<void> };

/** Starts PostgreSQL, migrates it, then starts the gateway and the inbox. Stops what it started when a later part fails. */
export async function startStack(config: StackConfig): Promise<Stack> {
  await assertPortsFree(config, ['api', 'inbox']);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const postgres = await step('PostgreSQL', () => startPostgres(config));
    stops.push(postgres.stop);
    await step('Migrations', async () => {
      await ensureSystemSchema(config);
      await migrate(databaseUrl(config));
    });
    const gateway = startGateway(path.join(config.dir, 'gateway.log'));
    stops.push(gateway.stop);
    await step('Data API and Auth', () =>
      waitFor('the gateway to answer', async () => {
        if (gateway.process.exitCode !== null) throw new PlainError(`The gateway ended; ${config.dir}/gateway.log says why.`);
        return fetch(`http://127.0.0.1:${config.ports.api}/health`).then(
          (answer) => answer.ok,
          () => false,
        );
      }),
    );
    const inbox = await step('Mail inbox', () => startInbox(config));
    stops.push(() => inbox.close());
    return { env: appEnv(config), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
