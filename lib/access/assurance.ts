import 'server-only';
import { unwrap } from '@/lib/infra/supabase';
import { serviceClient } from '@/lib/infra/supabase-service';

/**
 * Notes that a bound session has proven the second factor. Only the app may say so, after it has counted and spent the code: Auth
 * alone would let codes be guessed and repeated.
 * @returns whether the session lives and has a second factor to prove
 */
export async function noteProof(session: string): Promise<boolean> {
  return unwrap(await serviceClient().rpc('prove_second_factor', { p_session: session }));
}

/** Makes room in Auth for an authenticator, after the password was proven: what is left there of others goes. */
export async function makeRoom(session: string): Promise<void> {
  unwrap(await serviceClient().rpc('prepare_second_factor', { p_session: session }));
}

/**
 * Makes a factor that the session has just proven the person's, with the hashes of its recovery codes.
 * @returns false when they have one already, or the session has ended
 */
export async function enableFactor(session: string, factor: string, hashes: string[]): Promise<boolean> {
  return unwrap(
    await serviceClient().rpc('enable_second_factor', { p_session: session, p_factor: factor, p_hashes: JSON.stringify(hashes) }),
  );
}
