import { z } from 'zod';
import type { AppError, ErrorCode } from './errors';
import { describeError, logger } from './logger';
import type { RequestFacts } from './request';
import { sessionClient, unwrap } from './supabase';
import { serviceClient } from './supabase-service';

/**
 * The errors by which the clinic's rules turn an act away; a command that changed no row answers one of them as well. Being asked for
 * the second factor is none: the act follows.
 */
const refusals: ReadonlySet<ErrorCode> = new Set([
  'forbidden',
  'not_found',
  'stale',
  'not_in_plan',
  'quota_exceeded',
  'unverified',
  'bad_origin',
]);
const claimsSchema = z.object({ session_id: z.uuid() });

/** The record that an action's input names. */
function recordOf(input: unknown): string | undefined {
  const values = typeof input === 'object' && input !== null ? Object.values(input) : [];
  return values.map((value) => z.uuid().safeParse(value).data).find(Boolean);
}

/**
 * Notes in the log of the caller's clinic that they were refused; in a transaction of its own, because the refused one is undone. As
 * the service, because whoever could write refusals could invent them. Never fails: the refusal is what the caller gets to see.
 * @param reason the error's code, or the permission that is missing
 */
export async function recordRefusal(
  action: string,
  reason: string,
  { requestId, address }: Pick<RequestFacts, 'requestId' | 'address'>,
  input?: unknown,
): Promise<void> {
  const record = recordOf(input);
  try {
    const { data } = await (await sessionClient()).auth.getClaims();
    const claims = claimsSchema.safeParse(data?.claims);
    if (!claims.success) return;
    unwrap(
      await serviceClient().rpc('record_refusal', {
        p_session: claims.data.session_id,
        p_request: requestId,
        p_address: address ?? '',
        p_action: action,
        p_reason: reason,
        ...(record && { p_record: record }),
      }),
    );
  } catch (error) {
    logger.error({ requestId, action, ...describeError(error) }, 'refusal not recorded');
  }
}

/** Notes an error in the log where it is a refusal at a clinic's address. */
export async function recordIfRefused(action: string, error: AppError, facts: RequestFacts, input: unknown): Promise<void> {
  if (refusals.has(error.code) && (facts.host.kind === 'clinic' || facts.host.kind === 'custom')) {
    await recordRefusal(action, error.code, facts, input);
  }
}
