import type { Task } from 'graphile-worker';
import type { z } from 'zod';

/** Runs SQL as the database's owner, as the worker does. */
export type Query = (text: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>;

/** One attempt at a job. */
export type Attempt = {
  query: Query;
  /** The same for every attempt at the job, and for no other one, though a restored database counts its jobs anew. */
  key: string;
  /** Whether nothing follows it if it fails. */
  isLast: boolean;
};

/** A job of the worker: the schema of its payload, and what an attempt does. One that throws is tried again. */
export const defineJob =
  <Schema extends z.ZodType>(schema: Schema, run: (payload: z.infer<Schema>, attempt: Attempt) => Promise<unknown>): Task =>
  async (payload, { job, query }) => {
    await run(schema.parse(payload), {
      query: (text, values) => query(text, values ?? []),
      key: `job-${job.id}-${job.created_at.getTime()}`,
      isLast: job.attempts >= job.max_attempts,
    });
  };
