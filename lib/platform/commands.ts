import 'server-only';
import type { z } from 'zod';
import { enrol, proveCode, sessionIdOf } from '@/lib/access/codes';
import { recoverByInvite } from '@/lib/access/recovery';
import { throttleReset, throttleSignIn } from '@/lib/access/throttle';
import { AppError } from '@/lib/infra/errors';
import type { RequestFacts } from '@/lib/infra/request';
import { type AuthDb, assertAuthReachable, unwrap } from '@/lib/infra/supabase';
import { enterPlatform } from './entrance';
import type { PlatformScope } from './gate';
import { type enrolmentSchema, type featureOverrideSchema, gateSchema, type limitOverrideSchema } from './schema';

const lateLink = 'Setting up took longer than a quarter of an hour, or the link was used meanwhile. Open it once more.';
const usedLink = 'This link has been used or has run out. Make a new one with npm run admin:create.';

/**
 * Proves the password of an administrator; the second factor is still to come. Everybody else, right password or not, gets
 * the same answer.
 * @throws {AppError} rate_limited, bad_credentials
 */
export async function provePassword(db: AuthDb, credentials: { email: string; password: string }, facts: RequestFacts): Promise<void> {
  await throttleSignIn(credentials.email, facts.address);
  const { error } = await db.auth.signInWithPassword(credentials);
  assertAuthReachable(error);
  if (error) throw new AppError('bad_credentials');
  const { status } = gateSchema.parse(unwrap(await db.rpc('platform_gate')));
  if (status === 'second_factor') return;
  await db.auth.signOut({ scope: 'local' });
  throw new AppError('bad_credentials');
}

/**
 * Proves a code of one authenticator; with it the session is assured at the second level and may enter.
 * @param token the one-time link of a new administrator
 */
async function enterByCode(db: AuthDb, factorId: string, code: string, facts: RequestFacts, token?: string): Promise<void> {
  const session = await sessionIdOf(db);
  await proveCode(db, factorId, code, 'platform');
  if (await enterPlatform(session, facts, token)) return;
  await db.auth.signOut({ scope: 'local' });
  throw new AppError('signed_out', { message: token ? lateLink : 'The sign-in did not hold. Please start again.' });
}

/**
 * Proves the second factor and opens the platform.
 * @throws {AppError} rate_limited, invalid_input, signed_out
 */
export async function proveSecondFactor(db: AuthDb, code: string, facts: RequestFacts): Promise<void> {
  const answer = gateSchema.parse(unwrap(await db.rpc('platform_gate')));
  if (answer.status !== 'second_factor') throw new AppError('signed_out', { message: 'This took too long. Please start again.' });
  await enterByCode(db, answer.factor_id, code, facts);
}

/** A fresh authenticator: its id, its picture to scan as a data URL, and the same secret to type. */
export type Enrolment = { factor: string; picture: string; secret: string };

/**
 * Sets the password of a new administrator by the one-time link and makes the second factor to enrol.
 * The link stays good until the code is proven.
 * @throws {AppError} rate_limited, invalid_input
 */
export async function beginEnrolment(db: AuthDb, input: { token: string; password: string }, facts: RequestFacts): Promise<Enrolment> {
  await throttleReset(facts.address);
  const recovered = await recoverByInvite(input.token, facts.address);
  if (!recovered) throw new AppError('invalid_input', { message: usedLink });
  const changed = await recovered.client.auth.updateUser({ password: input.password });
  assertAuthReachable(changed.error);
  // Whoever opens the link a second time may well choose the same password.
  if (changed.error && changed.error.code !== 'same_password') {
    throw new AppError('invalid_input', { fields: { password: 'This password was refused. Choose another.' } });
  }
  const again = new AppError('unavailable', { message: 'Your password is saved, the rest is not. Please open the link again.' });
  const signedIn = await db.auth.signInWithPassword({ email: recovered.email, password: input.password });
  if (signedIn.error) throw again;
  const { id, ...rest } = await enrol(db).catch(() => {
    throw again;
  });
  return { factor: id, ...rest };
}

/**
 * Proves the first code, uses the link up and opens the platform.
 * @throws {AppError} rate_limited, invalid_input, signed_out
 */
export async function completeEnrolment(db: AuthDb, input: z.infer<typeof enrolmentSchema>, facts: RequestFacts): Promise<void> {
  await enterByCode(db, input.factor, input.code, facts, input.token);
}

/** Ends the administrator's session on the platform and in Auth. */
export async function leavePlatform(db: AuthDb): Promise<void> {
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
  const answer = await db.rpc('place_admin_hold', { p_tenant: clinic, p_reason: reason });
  if (answer.error?.code === '23505') throw new AppError('taken', { message: 'This clinic is on hold already. Reload to see why.' });
  unwrap(answer);
}

/**
 * Ends the pause of a clinic; holds of other kinds stay.
 * @throws {AppError} not_found
 */
export async function liftHold({ db }: PlatformScope, clinic: string, reason: string): Promise<void> {
  const answer = await db.rpc('lift_admin_hold', { p_tenant: clinic, p_reason: reason });
  if (answer.error?.code === 'P0002') throw new AppError('not_found', { message: 'This hold has been lifted already. Reload to see it.' });
  unwrap(answer);
}

/**
 * Has an event of Stripe's worked on once more.
 * @throws {AppError} stale when somebody did that before
 */
export async function retryStripeEvent({ db }: PlatformScope, event: string): Promise<void> {
  if (!unwrap(await db.rpc('retry_stripe_event', { p_event: event }))) throw new AppError('stale');
}

/**
 * Closes an alert about billing.
 * @throws {AppError} stale when it is closed already
 */
export async function resolveBillingAlert({ db }: PlatformScope, alert: number): Promise<void> {
  if (!unwrap(await db.rpc('resolve_billing_alert', { p_alert: alert }))) throw new AppError('stale');
}

/** Grants a clinic a limit in place of its plan's, until a moment or for good; a null limit means unlimited. */
export async function overrideLimit({ db }: PlatformScope, input: z.infer<typeof limitOverrideSchema>): Promise<void> {
  const { clinic, metric, limit, until, reason } = input;
  unwrap(
    await db.rpc('override_limit', {
      p_tenant: clinic,
      p_metric: metric,
      p_reason: reason,
      ...(limit !== null && { p_max: limit }),
      ...(until !== null && { p_expires_at: until }),
    }),
  );
}

/** Grants a clinic a feature that its plan has not, or takes one that it has, until a moment or for good. */
export async function overrideFeature({ db }: PlatformScope, input: z.infer<typeof featureOverrideSchema>): Promise<void> {
  const { clinic, feature, granted, until, reason } = input;
  unwrap(
    await db.rpc('override_feature', {
      p_tenant: clinic,
      p_feature: feature,
      p_granted: granted,
      p_reason: reason,
      ...(until !== null && { p_expires_at: until }),
    }),
  );
}

/** Takes back what was granted or taken; `key` is `limit:<metric>` or `feature:<feature>`. @throws {AppError} stale when it is gone */
export async function endOverride({ db }: PlatformScope, clinic: string, key: string): Promise<void> {
  if (!unwrap(await db.rpc('end_override', { p_tenant: clinic, p_key: key }))) throw new AppError('stale');
}
