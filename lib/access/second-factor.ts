import 'server-only';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '@/lib/infra/errors';
import type { RequestFacts } from '@/lib/infra/request';
import { hashToken, open, seal } from '@/lib/infra/secrets';
import { type Db, unwrap } from '@/lib/infra/supabase';
import { enableFactor, makeRoom, noteProof } from './assurance';
import { enrol, proveCode, sessionIdOf } from './codes';
import { provePassword } from './commands';
import type { Person } from './gate';
import { laneOf, rememberDevice } from './known-device';
import { noteFailedSignIn } from './throttle';

const ticketSchema = z.object({ factor: z.uuid(), hashes: z.array(z.string()) });

/**
 * A fresh authenticator: its picture to scan as a data URL, the same secret to type, its recovery codes, which are shown this once, and
 * a sealed ticket that stands for all of it.
 */
export type Enrolment = { ticket: string; picture: string; secret: string; codes: string[] };

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Ten codes of 80 random bits, in Crockford's base 32, as people read them. */
function recoveryCodes(): string[] {
  return Array.from({ length: 10 }, () =>
    Array.from(randomBytes(16), (byte) => alphabet[byte % 32])
      .join('')
      .replace(/(.{4})(?=.)/g, '$1-'),
  );
}
const hashesOf = (codes: string[]) => codes.map((code) => hashToken(code.replaceAll('-', '')));

/**
 * Begins to set a second factor up: the password, then recovery codes to keep and an authenticator to scan.
 * @throws {AppError} rate_limited, invalid_input, unavailable
 */
export async function beginSecondFactor({ db, slug, email }: Person, password: string, facts: RequestFacts): Promise<Enrolment> {
  const prover = await provePassword({ slug, email }, password, facts);
  await prover.auth.signOut({ scope: 'local' });
  await makeRoom(await sessionIdOf(db));
  const { id, ...rest } = await enrol(db);
  const codes = recoveryCodes();
  return { ...rest, codes, ticket: seal('enrolment', JSON.stringify({ factor: id, hashes: hashesOf(codes) })) };
}

/**
 * Proves the first code of an authenticator and makes it the person's second factor.
 * @throws {AppError} rate_limited, invalid_input, signed_out
 */
export async function completeSecondFactor({ db, email }: Person, { ticket, code }: { ticket: string; code: string }): Promise<void> {
  const { factor, hashes } = ticketSchema.parse(JSON.parse(open('enrolment', ticket)));
  await proveCode(db, factor, code, await laneOf(email));
  if (!(await enableFactor(await sessionIdOf(db), factor, hashes))) {
    throw new AppError('signed_out', {
      message: 'Another authenticator was set up meanwhile, or the session has ended. Please start again.',
    });
  }
}

/**
 * Proves the second factor of a session, by a code of the app or by a recovery code.
 * @throws {AppError} rate_limited, invalid_input, signed_out
 */
export async function proveSecondFactor({ db, slug, email, factorId }: Person, code: string, facts: RequestFacts): Promise<void> {
  if (!factorId) throw new AppError('signed_out', { message: 'There is no second factor to prove. Reload the page.' });
  try {
    if (!/^\d{6}$/.test(code)) {
      await redeemRecoveryCode(db, code);
      return await rememberDevice(email);
    }
    await proveCode(db, factorId, code, await laneOf(email));
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_input') await noteFailedSignIn(slug, email, facts, 'bad_code');
    throw error;
  }
  if (!(await noteProof(await sessionIdOf(db)))) throw new AppError('signed_out', { message: 'This took too long. Please sign in again.' });
  await rememberDevice(email);
}

async function redeemRecoveryCode(db: Db, code: string): Promise<void> {
  const redeemed = unwrap(await db.rpc('redeem_recovery_code', { p_code: code })) as boolean | null;
  if (redeemed === null) throw new AppError('rate_limited');
  if (!redeemed) throw new AppError('invalid_input', { fields: { code: 'This is no code of yours, or it was used already.' } });
}

/** New recovery codes; the old ones stop working. @throws {AppError} step_up, not_found */
export async function replaceRecoveryCodes({ db }: Person): Promise<{ codes: string[] }> {
  const codes = recoveryCodes();
  if (!unwrap(await db.rpc('replace_recovery_codes', { p_hashes: JSON.stringify(hashesOf(codes)) }))) throw new AppError('not_found');
  return { codes };
}

/** Takes the second factor off the account. @throws {AppError} step_up, not_found */
export async function removeSecondFactor({ db }: Person): Promise<void> {
  if (!unwrap(await db.rpc('remove_second_factor'))) throw new AppError('not_found');
}
