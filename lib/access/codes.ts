import 'server-only';
import { z } from 'zod';
import { AppError } from '@/lib/infra/errors';
import { type AuthDb, assertAuthReachable } from '@/lib/infra/supabase';
import { throttleCode } from './throttle';

const claimsSchema = z.object({ session_id: z.uuid() });
const wrongCode = 'This code is not right, or was used already. Wait for the next one, and check the phone’s clock.';

/** The id of the Auth session that a client works in. @throws {AppError} signed_out */
export async function sessionIdOf(db: AuthDb): Promise<string> {
  const { data, error } = await db.auth.getClaims();
  assertAuthReachable(error);
  if (!data) throw new AppError('signed_out', { message: 'Please start again.' });
  return claimsSchema.parse(data.claims).session_id;
}

/**
 * Proves a code of one authenticator to Auth, after it was counted and spent.
 * @param lane by which way the person comes, see `throttleCode`
 * @throws {AppError} rate_limited, invalid_input for the field code
 */
export async function proveCode(db: AuthDb, factorId: string, code: string, lane: string): Promise<void> {
  const spent = await throttleCode(factorId, code, lane);
  const proven = spent ? null : await db.auth.mfa.challengeAndVerify({ factorId, code });
  if (proven) assertAuthReachable(proven.error);
  if (!proven || proven.error) throw new AppError('invalid_input', { fields: { code: wrongCode } });
}

/**
 * Makes an authenticator to set up; whoever calls has made room for it.
 * @throws {AppError} unavailable
 */
export async function enrol(db: AuthDb): Promise<{ id: string; picture: string; secret: string }> {
  const { data, error } = await db.auth.mfa.enroll({ factorType: 'totp', issuer: 'YourCRM', friendlyName: 'Authenticator app' });
  if (error) throw new AppError('unavailable', { cause: error });
  return { id: data.id, picture: data.totp.qr_code, secret: data.totp.secret };
}
