import pino from 'pino';

/** Structured logs on standard output. Callers log ids and codes, never names, addresses or bodies. */
export const logger = pino({
  level: process.env.LOG_LEVEL || 'info',
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
});

/** What of an error may be logged: never its message, which can quote a row. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  const cause = error.cause;
  const code = (value: unknown) => (typeof value === 'object' && value !== null && 'code' in value ? String(value.code) : undefined);
  return {
    error: error.name,
    code: code(error),
    cause: code(cause) ?? (cause instanceof Error ? cause.name : undefined),
    at: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 6)
      .map((line) => line.trim()),
  };
}
