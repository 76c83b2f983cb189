import 'server-only';
import { env } from '@/lib/infra/env';
import { AppError } from '@/lib/infra/errors';
import { keyedHash } from '@/lib/infra/secrets';
import { unwrap } from '@/lib/infra/supabase';
import { serviceClient } from '@/lib/infra/supabase-service';

const quarterHour = 15 * 60;

async function take(purpose: string, value: string, limit: number): Promise<void> {
  const wait = unwrap(
    await serviceClient().rpc('take_rate_limit', {
      p_bucket: `${purpose}:${keyedHash('rate-limit', value)}`,
      p_limit: limit,
      p_window_seconds: quarterHour,
    }),
  );
  if (wait > 0) {
    const minutes = Math.ceil(wait / 60);
    throw new AppError('rate_limited', {
      message: `Too many attempts. Please try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
      retryAfter: wait,
    });
  }
}

/**
 * Counts an attempt to sign in: per account and address, so that a stranger elsewhere cannot lock a clinician out, and more
 * loosely per address and per account, so that neither one address nor one account can be tried without end.
 * @throws {AppError} rate_limited
 */
export async function throttleSignIn(email: string, address: string | null): Promise<void> {
  const limit = env().SIGN_IN_RATE_LIMIT;
  await take('sign-in', `${email}|${address ?? 'direct'}`, limit);
  await take('sign-in-account', email, limit * 20);
  if (address) await take('sign-in-address', address, limit * 10);
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
 * Counts a code of an authenticator app, per account.
 * @throws {AppError} rate_limited
 */
export async function throttleSecondFactor(userId: string): Promise<void> {
  await take('second-factor', userId, env().SIGN_IN_RATE_LIMIT);
}

/**
 * Uses up a code that was right: whoever watched it being typed cannot use it again (RFC 6238, 5.2).
 * @throws {AppError} rate_limited when it was used before
 */
export async function spendCode(userId: string, code: string): Promise<void> {
  await take('spent-code', `${userId}|${code}`, 1);
}
