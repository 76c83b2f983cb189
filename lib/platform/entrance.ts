import 'server-only';
import type { RequestFacts } from '@/lib/infra/request';
import { unwrap } from '@/lib/infra/supabase';
import { serviceClient } from '@/lib/infra/supabase-service';

/**
 * Binds a session to the platform. Only the app may say so, after it has counted and spent the code: Auth alone would let
 * codes be guessed and repeated.
 * @param session the id in a token that Auth has verified
 * @param token the one-time link, the first time
 * @returns whether the session may enter
 */
export async function enterPlatform(session: string, facts: RequestFacts, token?: string): Promise<boolean> {
  return unwrap(
    await serviceClient().rpc('enter_platform', {
      p_session: session,
      p_ip: facts.address ?? '',
      p_user_agent: facts.userAgent ?? '',
      ...(token && { p_token: token }),
    }),
  );
}
