import type { Instrumentation } from 'next';

/** Runs once at boot, before the first request: a wrong environment ends the process with the variables' names. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { env } = await import('@/lib/infra/env');
  try {
    env();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

/** Logs what a page threw, by its request id and route, without its message. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { describeError, logger } = await import('@/lib/infra/logger');
  logger.error({ requestId: request.headers['x-request-id'], route: context.routePath, ...describeError(error) }, 'request failed');
};
