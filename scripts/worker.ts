import { EventEmitter } from 'node:events';
import { Logger, run, type WorkerEvents } from 'graphile-worker';
import pg from 'pg';
import { env } from '@/lib/infra/env';
import { describeError, logger } from '@/lib/infra/logger';
import { schedule, tasks } from '@/lib/jobs/tasks';
import { main } from './stack/progress';

// The queue's own log lines can quote an error's text, so only level and job ids are passed on.
const queueLogger = new Logger(() => (level, message, meta) => {
  if (level !== 'error' && level !== 'warning') return;
  const { job, error } = (meta ?? {}) as { job?: { id: string; task_identifier: string; attempts: number }; error?: unknown };
  logger[level === 'error' ? 'error' : 'warn'](
    { job: job?.id, task: job?.task_identifier, attempt: job?.attempts, ...(error !== undefined && describeError(error)) },
    job ? 'job failed' : message.split(':')[0],
  );
});

/** How often the log is sealed, in milliseconds. */
const sealingPause = 3000;

/** Seals what was written to the audit log, every few seconds; of many workers one does it at a time. */
function keepSealing(client: pg.Client): void {
  const again = () => setTimeout(seal, sealingPause).unref();
  const seal = () =>
    client.query('select private.seal_audit()').then(again, (error) => {
      logger.error(describeError(error), 'sealing failed');
      again();
    });
  again();
}

/**
 * Shows that this process lives for as long as it does: a lock of its own name, by which others tell its jobs from a dead
 * one's. A connection that breaks ends the process; it is started again and begins anew.
 */
async function showLife(connectionString: string, events: WorkerEvents): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => process.exit(1));
  client.on('end', () => process.exit(1));
  await client.connect();
  events.on('pool:create', ({ workerPool }) => {
    client.query(`select pg_advisory_lock(hashtextextended('worker:' || $1, 0))`, [workerPool.id]).catch(() => process.exit(1));
  });
  return client;
}

await main(async () => {
  const { DATABASE_URL } = env();
  const events: WorkerEvents = new EventEmitter();
  keepSealing(await showLife(DATABASE_URL, events));
  const runner = await run({
    connectionString: DATABASE_URL,
    concurrency: 4,
    pollInterval: 1000,
    crontab: schedule,
    taskList: tasks,
    logger: queueLogger,
    events,
  });
  await runner.promise;
});
