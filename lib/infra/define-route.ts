import { NextResponse } from 'next/server';
import type { z } from 'zod';
import { fieldErrors } from './define-action';
import { AppError } from './errors';
import type { Host } from './hosts';
import { describeError, logger } from './logger';
import { recordIfRefused } from './refusals';
import { type RequestFacts, requestFacts } from './request';

function errorResponse(error: AppError): NextResponse {
  const fields = Object.keys(error.fields).length > 0 ? { fields: error.fields } : {};
  const headers: Record<string, string> = { 'cache-control': 'no-store' };
  if (error.retryAfter !== undefined) headers['retry-after'] = String(error.retryAfter);
  return NextResponse.json({ error: { code: error.code, message: error.message, ...fields } }, { status: error.status, headers });
}

/** The answer to a request that failed; what was refused is noted in the clinic's log, what went wrong in ours. */
export async function answerError(name: string, error: unknown, facts: RequestFacts, input?: unknown): Promise<NextResponse> {
  const known = error instanceof AppError ? error : new AppError('internal', { cause: error });
  await recordIfRefused(name, known, facts, input);
  if (known.status >= 500) logger.error({ requestId: facts.requestId, route: name, ...describeError(known) }, 'route failed');
  return errorResponse(known);
}

type RouteOptions<Schema extends z.ZodType> = {
  name: string;
  /** The hosts that have this route; on others it does not exist. */
  hosts: readonly Host['kind'][];
  /** The query's schema for GET, the JSON body's for everything else. */
  schema: Schema;
  run: (input: z.infer<Schema>, request: Request, facts: RequestFacts) => Promise<Response>;
};

async function readInput(request: Request): Promise<unknown> {
  if (request.method === 'GET') return Object.fromEntries(new URL(request.url).searchParams);
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? '')) throw new AppError('unsupported_media_type');
  try {
    return await request.json();
  } catch {
    throw new AppError('invalid_input', { message: 'The body is not valid JSON.' });
  }
}

/**
 * Makes a route handler: right host, no foreign Origin, parsed input, and every error as `{ error: { code, message, fields? } }`.
 * A missing Origin (a program) is accepted, a foreign one is not; a route that reads the session's cookie asks `assertSameOrigin` as well.
 */
export function defineRoute<Schema extends z.ZodType>(options: RouteOptions<Schema>): (request: Request) => Promise<Response> {
  return async (request) => {
    const facts = await requestFacts();
    let input: unknown;
    try {
      if (!options.hosts.includes(facts.host.kind)) throw new AppError('not_found');
      if (facts.origin !== null && facts.origin !== facts.ownOrigin) throw new AppError('bad_origin');
      input = await readInput(request);
      const parsed = options.schema.safeParse(input);
      if (!parsed.success) throw new AppError('invalid_input', { fields: fieldErrors(parsed.error) });
      return await options.run(parsed.data, request, facts);
    } catch (error) {
      return answerError(options.name, error, facts, input);
    }
  };
}
