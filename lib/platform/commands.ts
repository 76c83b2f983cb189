import 'server-only';
import { recoverSession } from '@/lib/access/recovery';
import { spendCode, throttleReset, throttleSecondFactor, throttleSignIn } from '@/lib/access/throttle';
import { AppError } from '@/lib/infra/errors';
import type { RequestFacts } from '@/lib/infra/request';
import { assertAuthReachable, type Db, unwrap } from '@/lib/infra/supabase';
import type { PlatformScope } from './gate';
import { gateSchema } from './schema';

const usedLink = 'This link has been used or has run out. Make a new one with npm run admin:create.';

/**
 * Proves the password of an administrator; the second factor is still to come. Everybody else, right password or not, gets
 * the same answer.
 * @throws {AppError} rate_limited, bad_credentials
 */
export async function provePassword(db: Db, credentials: { email: string; password: string }, facts: RequestFacts): Promise<void> {
  await throttleSignIn(credentials.email, facts.address);
  const { error } = await db.auth.signInWithPassword(credentials);
  assertAuthReachable(error);
  if (error) throw new AppError('bad_credentials');
  const { status } = gateSchema.parse(unwrap(await db.rpc('platform_gate')));
  if (status === 'second_factor') return;
  await db.auth.signOut({ scope: 'local' });
  throw new AppError('bad_credentials');
}

/** Proves a code of the authenticator app; with it the session is assured at the second level. */
async function proveCode(db: Db, code: string): Promise<void> {
  const { data, error } = await db.auth.getUser();
  assertAuthReachable(error);
  const factor = data.user?.factors?.find(({ factor_type }) => factor_type === 'totp');
  if (!data.user || !factor) throw new AppError('signed_out', { message: 'Please sign in again.' });
  await throttleSecondFactor(data.user.id);
  const proven = await db.auth.mfa.challengeAndVerify({ factorId: factor.id, code });
  assertAuthReachable(proven.error);
  if (proven.error) {
    throw new AppError('invalid_input', { fields: { code: 'This code is not right. Wait for the next one and check the phone’s clock.' } });
  }
  await spendCode(data.user.id, code);
}

async function enter(db: Db, facts: RequestFacts, token?: string): Promise<void> {
  const entered = unwrap(
    await db.rpc('enter_platform', { p_ip: facts.address ?? '', p_user_agent: facts.userAgent ?? '', ...(token && { p_token: token }) }),
  );
  if (entered) return;
  await db.auth.signOut({ scope: 'local' });
  throw new AppError('signed_out', { message: token ? usedLink : 'The sign-in did not hold. Please start again.' });
}

/**
 * Proves the second factor and opens the platform.
 * @throws {AppError} rate_limited, invalid_input, signed_out
 */
export async function proveSecondFactor(db: Db, code: string, facts: RequestFacts): Promise<void> {
  await proveCode(db, code);
  await enter(db, facts);
}

/** A fresh authenticator: its picture to scan as a data URL, and the same secret to type. */
export type Enrolment = { picture: string; secret: string };

/**
 * Sets the password of a new administrator by the one-time link and makes the second factor to enrol.
 * The link stays good until the code is proven.
 * @throws {AppError} rate_limited, invalid_input
 */
export async function beginEnrolment(db: Db, input: { token: string; password: string }, facts: RequestFacts): Promise<Enrolment> {
  await throttleReset(facts.address);
  const recovered = await recoverSession('open_platform_invite', input.token, facts.address);
  if (!recovered) throw new AppError('invalid_input', { message: usedLink });
  const changed = await recovered.client.auth.updateUser({ password: input.password });
  assertAuthReachable(changed.error);
  if (changed.error) throw new AppError('invalid_input', { fields: { password: 'This password was refused. Choose another.' } });
  const signedIn = await db.auth.signInWithPassword({ email: recovered.email, password: input.password });
  if (signedIn.error) throw new AppError('unavailable');
  const { data, error } = await db.auth.mfa.enroll({ factorType: 'totp', issuer: 'YourCRM', friendlyName: 'Authenticator app' });
  if (error) throw new AppError('unavailable', { cause: error });
  return { picture: data.totp.qr_code, secret: data.totp.secret };
}

/**
 * Proves the first code, uses the link up and opens the platform.
 * @throws {AppError} rate_limited, invalid_input, signed_out
 */
export async function completeEnrolment(db: Db, input: { token: string; code: string }, facts: RequestFacts): Promise<void> {
  await proveCode(db, input.code);
  await enter(db, facts, input.token);
}

/** Ends the administrator's session on the platform and in Auth. */
export async function leavePlatform(db: Db): Promise<void> {
  const { data } = await db.auth.getSession();
  if (!data.session) return;
  unwrap(await db.rpc('leave_platform'));
  const { error } = await db.auth.signOut({ scope: 'local' });
  assertAuthReachable(error);
}

/**
 * Pauses a clinic: its staff are out at once.
 * @throws {AppError} not_found, taken when it is paused already
 */
export async function placeHold({ db }: PlatformScope, clinic: string, reason: string): Promise<void> {
  unwrap(await db.rpc('place_admin_hold', { p_tenant: clinic, p_reason: reason }));
}

/**
 * Ends the pause of a clinic; holds of other kinds stay.
 * @throws {AppError} not_found
 */
export async function liftHold({ db }: PlatformScope, clinic: string, reason: string): Promise<void> {
  unwrap(await db.rpc('lift_admin_hold', { p_tenant: clinic, p_reason: reason }));
}
