import { writeAmount, writeCount, writeRefusal } from './metrics';
/** Every code the app answers with: its HTTP status and the sentence a person reads. */
export const errorCodes = {
  invalid_input: { status: 400, message: 'Please check the marked fields.' },
  bad_signature: { status: 400, message: 'The signature does not fit the body.' },
  signed_out: { status: 401, message: 'Your session has ended. Sign in again in another tab, then repeat this.' },
  bad_credentials: { status: 401, message: 'This e-mail address and password do not match.' },
  payment_failed: { status: 402, message: 'The payment did not go through.' },
  forbidden: { status: 403, message: 'Your role does not allow this. Ask an administrator of your clinic.' },
  bad_origin: { status: 403, message: 'This request did not come from this site.' },
  step_up: { status: 403, message: 'Enter the code of your authenticator app once more to do this.' },
  quota_exceeded: { status: 403, message: 'Your plan’s limit is reached.' },
  not_in_plan: { status: 403, message: 'Your plan does not include this.' },
  unverified: { status: 403, message: 'Please confirm your e-mail address first; your account page sends the mail again.' },
  not_found: { status: 404, message: 'This does not exist.' },
  taken: { status: 409, message: 'This is already taken.' },
  over_limits: { status: 409, message: 'The clinic has more than this plan allows.' },
  subscribed: { status: 409, message: 'A plan is being paid for already.' },
  stale: { status: 409, message: 'Somebody else changed this in the meantime. Reload to see their version; yours was not saved.' },
  in_flight: { status: 409, message: 'The same request is still being worked on.' },
  too_large: { status: 413, message: 'The body is too large.' },
  unsupported_media_type: { status: 415, message: 'Send the request as application/json.' },
  rate_limited: { status: 429, message: 'Too many attempts. Please wait a little and try again.' },
  internal: { status: 500, message: 'Something went wrong on our side. Nothing was saved; please try again.' },
  unavailable: {
    status: 503,
    message: 'The service cannot be reached right now. If you were saving something, look whether it was saved before you try again.',
  },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** Field name → what is wrong with it, in a sentence. */
export type FieldErrors = Record<string, string>;

/** An expected failure. Its message may be shown to anybody; the cause is for the log alone. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly fields: FieldErrors;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, options: { message?: string; fields?: FieldErrors; retryAfter?: number; cause?: unknown } = {}) {
    super(options.message ?? errorCodes[code].message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.fields = options.fields ?? {};
    this.retryAfter = options.retryAfter;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }
}

/** An error as the data API reports it: an SQLSTATE, or a PostgREST code. */
export type DatabaseError = { code?: string; message: string; details?: string | null };

function quotaMessage(details: string | null | undefined): string | undefined {
  try {
    const { metric, limit, used } = JSON.parse(details ?? '') as { metric: string; limit: number; used: number };
    return writeRefusal(metric, used, limit);
  } catch {
    return undefined;
  }
}

/** What a clinic has more of than a plan allows, in a sentence. */
export function writeExcess(over: { metric: string; used: number; limit: number }[]): string {
  const parts = over.map(({ metric, used, limit }) => `${writeCount(metric, used)} (${writeAmount(metric, limit)} allowed)`);
  return `The clinic has more than this plan allows: ${parts.join(', ')}.`;
}

function overLimitsMessage(details: string | null | undefined): string | undefined {
  try {
    return writeExcess(JSON.parse(details ?? ''));
  } catch {
    return undefined;
  }
}

/** Why a change of the team or its roles was refused. */
const teamRefusals: Record<string, string> = {
  YT001: 'This role allows more than yours. Nobody can give or take away what they may not do themselves.',
  YT002: 'A clinic keeps at least one owner. Make somebody else owner first.',
  YT003: 'You cannot change your own rights. Ask somebody else who may.',
  YT004: 'People have this role. Choose which one they get instead.',
  YT005: 'The clinic is offered to somebody already. Take that offer back first.',
};

/** Turns an SQLSTATE into the app's own error; the only place that knows SQLSTATEs. */
export function fromDatabase(error: DatabaseError): AppError {
  const code = error.code ?? '';
  // Message and details can quote a row, and whoever logs an error logs its cause too.
  const cause = { code };
  if (code === 'YQ001') return new AppError('quota_exceeded', { message: quotaMessage(error.details), cause });
  if (code === 'YQ002') return new AppError('not_in_plan', { cause });
  if (code === 'YB002') return new AppError('over_limits', { message: overLimitsMessage(error.details), cause });
  if (code === 'YB003') return new AppError('subscribed', { cause });
  if (code === 'YS001') return new AppError('step_up', { cause });
  const team = teamRefusals[code];
  if (team) return new AppError('forbidden', { message: team, cause });
  if (code === 'YT006') return new AppError('stale', { cause });
  if (code === 'YR002' || code === 'YR003') return new AppError('rate_limited', { cause });
  if (code === 'YR001') {
    return new AppError('rate_limited', {
      message: 'So many invitations were sent that we have to pause. Please try again later.',
      retryAfter: Number(error.details) || undefined,
      cause,
    });
  }
  if (code === 'YP002') return new AppError('unverified', { cause });
  if (code === 'YP003') return new AppError('in_flight', { message: 'Five imports of your clinic are open. Decide those first.', cause });
  if (code === 'YA001') {
    const message = 'This address cannot be used for a clinic. Choose another.';
    return new AppError('invalid_input', { message, fields: { adminEmail: message }, cause });
  }
  if (code === '42501') return new AppError('forbidden', { cause });
  if (code === '23505') return new AppError('taken', { cause });
  if (code === 'PGRST116' || code === 'P0002') return new AppError('not_found', { cause });
  if (/^(22|23)/.test(code)) return new AppError('invalid_input', { cause });
  if (/^(08|53|57|XX|40)/.test(code) || code === '' || code.startsWith('PGRST0')) return new AppError('unavailable', { cause });
  return new AppError('internal', { cause });
}
