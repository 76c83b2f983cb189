import { Logger, run } from 'graphile-worker';
import { env } from '@/lib/infra/env';
import { logger } from '@/lib/infra/logger';
import { schedule, tasks } from '@/lib/jobs/tasks';
import { main } from './stack/progress';

// The queue's own log lines can quote an error's text, so only level and job ids are passed on.
const queueLogger = new Logger(() => (level, message, meta) => {
  if (level !== 'error' && level !== 'warning') return;
  const { job, error } = (meta ?? {}) as { job?: { id: string; task_identifier: string; attempts: number }; error?: unknown };
  logger[level === 'error' ? 'error' : 'warn'](
    { job: job?.id, task: job?.task_identifier, attempt: job?.attempts, error: error instanceof Error ? error.name : undefined },
    job ? 'job failed' : message.split(':')[0],
  );
});

await main(async () => {
  const { DATABASE_URL } = env();
  const runner = await run({
    connectionString: DATABASE_URL,
    concurrency: 4,
    pollInterval: 1000,
    crontab: schedule,
    taskList: tasks,
    logger: queueLogger,
  });
  await runner.promise;
});
