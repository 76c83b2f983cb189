import 'server-only';
import { env } from '@/lib/infra/env';
import { AppError } from '@/lib/infra/errors';
import type { RequestFacts } from '@/lib/infra/request';
import { keyedHash } from '@/lib/infra/secrets';
import { unwrap } from '@/lib/infra/supabase';
import { serviceClient } from '@/lib/infra/supabase-service';
import { knownDevice } from './known-device';

const quarterHour = 15 * 60;
const day = 24 * 3600;

/** Seconds to wait until the next attempt is allowed; 0 for one that was counted. */
async function wait(purpose: string, value: string, limit: number, window = quarterHour): Promise<number> {
  return unwrap(
    await serviceClient().rpc('take_rate_limit', {
      p_bucket: `${purpose}:${keyedHash('rate-limit', value)}`,
      p_limit: limit,
      p_window_seconds: window,
    }),
  );
}

async function take(purpose: string, value: string, limit: number, window = quarterHour): Promise<void> {
  const seconds = await wait(purpose, value, limit, window);
  if (seconds > 0) {
    const minutes = Math.ceil(seconds / 60);
    throw new AppError('rate_limited', {
      message: `Too many attempts. Please try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
      retryAfter: seconds,
    });
  }
}

/**
 * Counts an attempt to sign in: per account and address, and more loosely per address and per account, so that neither one address
 * nor one account can be tried without end. A device from which the account was signed in before has an allowance of its own, so that
 * no stranger can lock a clinician out.
 * @throws {AppError} rate_limited
 */
export async function throttleSignIn(email: string, address: string | null): Promise<void> {
  const limit = env().SIGN_IN_RATE_LIMIT;
  const device = await knownDevice(email);
  if (device) return take('sign-in-device', device, limit);
  await take('sign-in', `${email}|${address ?? 'direct'}`, limit);
  await take('sign-in-account', email, limit * 20);
  if (address) await take('sign-in-address', address, limit * 10);
}

/** Notes a sign-in that failed in the log of the clinic that it was tried at. */
export async function noteFailedSignIn(
  slug: string,
  email: string,
  { address, userAgent }: RequestFacts,
  reason: 'bad_credentials' | 'bad_code' | 'no_access',
): Promise<void> {
  unwrap(
    await serviceClient().rpc('record_failed_sign_in', {
      p_slug: slug,
      p_email: email,
      p_address: address ?? '',
      p_user_agent: userAgent ?? '',
      p_reason: reason,
    }),
  );
}

/**
 * Counts a sign-up per address.
 * @throws {AppError} rate_limited with the seconds to wait
 */
export async function throttleSignUp(address: string | null): Promise<void> {
  await take('sign-up', address ?? 'direct', env().SIGNUP_RATE_LIMIT);
}

/**
 * Counts how often an address asks where clinics are.
 * @throws {AppError} rate_limited
 */
export async function throttleClinicList(address: string | null): Promise<void> {
  await take('clinic-list', address ?? 'direct', env().SIGN_IN_RATE_LIMIT * 2);
}

/**
 * Counts the redeeming of a reset link per address.
 * @throws {AppError} rate_limited
 */
export async function throttleReset(address: string | null): Promise<void> {
  await take('reset', address ?? 'direct', env().SIGN_IN_RATE_LIMIT * 2);
}

/**
 * Counts the opening of an invitation per address; a whole team may sit behind one.
 * @throws {AppError} rate_limited
 */
export async function throttleInvitation(address: string | null): Promise<void> {
  await take('invitation', address ?? 'direct', env().SIGN_IN_RATE_LIMIT * 20);
}

/**
 * Counts a code of an authenticator app before it is checked, and uses it up: whoever watched it being typed cannot use it again
 * (RFC 6238, 5.2). Ten in a quarter of an hour and forty a day leave a guesser a chance of one in thousands a day. Counted are the
 * ways to an authenticator each by itself, so that whoever has stolen a password or a mailbox cannot use up a known device's codes.
 * @param lane the way: a known device, strangers, or a link
 * @returns whether the code was used before
 * @throws {AppError} rate_limited
 */
export async function throttleCode(factorId: string, code: string, lane: string): Promise<boolean> {
  const known = lane.startsWith('device:');
  await take('second-factor', `${factorId}|${lane}`, 10);
  await take('second-factor-day', `${factorId}|${lane}`, known ? 200 : 40, day);
  return (await wait('spent-code', `${factorId}|${code}`, 1)) > 0;
}
