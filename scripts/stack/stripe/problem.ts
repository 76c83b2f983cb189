import type { z } from 'zod';

type Kind = 'invalid_request_error' | 'card_error' | 'idempotency_error' | 'api_error';

/** An error as Stripe's API answers it. https://docs.stripe.com/api/errors */
export class StripeProblem extends Error {
  readonly type: Kind;
  readonly status: number;
  readonly details: Record<string, unknown>;
  /** Whether what was done stays done: an attempt that the bank refused has been made. */
  lasting = false;

  constructor(message: string, details: { code?: string; param?: string; type?: Kind; status?: number; [extra: string]: unknown } = {}) {
    super(message);
    const { type = 'invalid_request_error', status = 400, ...rest } = details;
    this.type = type;
    this.status = status;
    this.details = rest;
  }

  /** Marks that what was done before stays done. */
  afterAttempt(): this {
    this.lasting = true;
    return this;
  }

  body(): object {
    const { code } = this.details;
    const doc = typeof code === 'string' ? { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` } : {};
    return { error: { type: this.type, message: this.message, ...this.details, ...doc } };
  }
}

/** An object that is not there: asked for by its address (`id`), or named by a parameter. */
export const missing = (object: string, id: string, param = 'id') =>
  new StripeProblem(`No such ${object}: '${id}'`, { code: 'resource_missing', param, status: param === 'id' ? 404 : 400 });

/** A card that the bank refuses. */
export const declined = (decline: string, more: Record<string, unknown> = {}) =>
  new StripeProblem(decline === 'insufficient_funds' ? 'Your card has insufficient funds.' : 'Your card was declined.', {
    type: 'card_error',
    status: 402,
    code: 'card_declined',
    decline_code: decline,
    ...more,
  });

const bracketed = (path: PropertyKey[]) => path.map((part, n) => (n ? `[${String(part)}]` : String(part))).join('');

/** The first thing that is wrong with parameters. */
export function parameterProblem({ issues }: z.ZodError): StripeProblem {
  const issue = issues[0];
  if (!issue) return new StripeProblem('Invalid parameters.');
  if (issue.code === 'unrecognized_keys') {
    const param = bracketed([...issue.path, issue.keys[0] ?? '']);
    return new StripeProblem(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
  }
  const param = bracketed(issue.path);
  if (issue.code === 'invalid_type' && issue.input === undefined)
    return new StripeProblem(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  return new StripeProblem(`Invalid ${param}: ${issue.message}`, { param });
}
