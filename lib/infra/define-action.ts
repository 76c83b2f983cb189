import { unstable_rethrow } from 'next/navigation';
import type { z } from 'zod';
import { AppError, type FieldErrors } from './errors';
import type { FormState } from './form-state';
import { describeError, logger } from './logger';
import { recordIfRefused } from './refusals';
import { assertSameOrigin, type RequestFacts, requestFacts } from './request';

/** The first message of every field that zod refused. */
export function fieldErrors(error: z.ZodError): FieldErrors {
  const fields: FieldErrors = {};
  for (const issue of error.issues) {
    const name = String(issue.path[0] ?? 'form');
    fields[name] ??= issue.message;
  }
  return fields;
}

/**
 * Makes a server action of a schema and a command: exact Origin, parse, run, and every error turned into form state.
 * Unexpected errors are logged without their message and answered without detail.
 */
export function defineAction<Schema extends z.ZodType, Result>(
  name: string,
  schema: Schema,
  run: (input: z.infer<Schema>, facts: RequestFacts) => Promise<Result>,
): (input?: unknown) => Promise<FormState<Result>> {
  return async (input) => {
    const facts = await requestFacts();
    try {
      assertSameOrigin(facts);
      const parsed = schema.safeParse(input);
      if (!parsed.success) throw new AppError('invalid_input', { fields: fieldErrors(parsed.error) });
      return { status: 'ok', data: await run(parsed.data, facts) };
    } catch (error) {
      unstable_rethrow(error);
      const known = error instanceof AppError ? error : new AppError('internal', { cause: error });
      await recordIfRefused(name, known, facts, input);
      if (known.status >= 500) logger.error({ requestId: facts.requestId, action: name, ...describeError(known) }, 'action failed');
      return { status: 'error', code: known.code, message: known.message, fields: known.fields };
    }
  };
}
