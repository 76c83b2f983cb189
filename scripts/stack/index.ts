import path from 'node:path';
import { stripeClient } from '@/lib/infra/stripe';
import { syncCatalogue } from '../stripe-sync';
import { appEnv, databaseUrl, hasStripe, type StackConfig } from './config';
import { withClient } from './database';
import { ensureSystemSchema } from './gateway';
import { startInbox } from './inbox';
import type { Run } from './lifecycle';
import { migrate } from './migrate';
import { assertPortsFree } from './ports';
import { endLeftover, startPostgres } from './postgres';
import { keepAlive, startGateway, startStripeEmulator } from './processes';
import { PlainError, step } from './progress';
import { waitFor } from './wait';

/** Starts a program, waits until it answers, and starts it again whenever it ends. */
async function serve(run: Run, config: StackConfig, start: typeof startGateway, name: 'gateway' | 'stripe', port: number): Promise<void> {
  const service = start(run, config);
  await waitFor(
    'it to answer',
    async () => {
      if (service.exitCode !== null) throw new PlainError(`It ended; ${path.join(config.dir, `${name}.log`)} says why.`);
      return fetch(`http://127.0.0.1:${port}/health`).then(
        (answer) => answer.ok,
        () => false,
      );
    },
    120_000,
  );
  keepAlive(run, service, () => start(run, config));
}

/**
 * Starts PostgreSQL, migrates it, then starts the gateway, the inbox and Stripe's emulator; answers the app's environment.
 * @param say how each step is reported
 */
export async function startStack(config: StackConfig, run: Run, say: typeof step = step): Promise<Record<string, string>> {
  await endLeftover(config);
  await assertPortsFree(config, ['db', 'api', 'inbox', ...(hasStripe() ? [] : ['stripe' as const])]);
  await say('PostgreSQL', () => startPostgres(config, run));
  await say('Migrations', async () => {
    await ensureSystemSchema(config);
    await migrate(databaseUrl(config), 'npm run reset begins afresh; what the stack holds is lost.');
  });
  await say('Data API and Auth', () => serve(run, config, startGateway, 'gateway', config.ports.api));
  if (!hasStripe())
    await say('Stripe', async () => {
      await serve(run, config, startStripeEmulator, 'stripe', config.ports.stripe);
      const { STRIPE_SECRET_KEY = '', STRIPE_API_URL } = appEnv(config);
      await withClient(databaseUrl(config), (sql) => syncCatalogue(sql, stripeClient(STRIPE_SECRET_KEY, STRIPE_API_URL)));
    });
  await say('Mail inbox', async () => {
    const inbox = await startInbox(config);
    run.onStop(() => inbox.close());
  });
  return appEnv(config);
}
