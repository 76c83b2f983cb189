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
async function serve(run: Run, logFile: string, start: typeof startGateway, port: number): Promise<void> {
  const service = start(run, logFile);
  await waitFor('it to answer', async () => {
    if (service.exitCode !== null) throw new PlainError(`It ended; ${logFile} says why.`);
    return fetch(`http://127.0.0.1:${port}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
  });
  keepAlive(run, service, () => start(run, logFile));
}

/** Starts PostgreSQL, migrates it, then starts the gateway, the inbox and Stripe's emulator; answers the app's environment. */
export async function startStack(config: StackConfig, run: Run): Promise<Record<string, string>> {
  await endLeftover(config);
  await assertPortsFree(config, ['db', 'api', 'inbox', ...(hasStripe() ? [] : ['stripe' as const])]);
  await step('PostgreSQL', () => startPostgres(config, run));
  await step('Migrations', async () => {
    await ensureSystemSchema(config);
    await migrate(databaseUrl(config));
  });
  await step('Data API and Auth', () => serve(run, path.join(config.dir, 'gateway.log'), startGateway, config.ports.api));
  if (!hasStripe())
    await step('Stripe', async () => {
      await serve(run, path.join(config.dir, 'stripe.log'), startStripeEmulator, config.ports.stripe);
      const { STRIPE_SECRET_KEY = '', STRIPE_API_URL } = appEnv(config);
      await withClient(databaseUrl(config), (sql) => syncCatalogue(sql, stripeClient(STRIPE_SECRET_KEY, STRIPE_API_URL)));
    });
  await step('Mail inbox', async () => {
    const inbox = await startInbox(config);
    run.onStop(() => inbox.close());
  });
  return appEnv(config);
}
