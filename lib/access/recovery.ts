import 'server-only';
import { assertAuthReachable, type Db, statelessClient, unwrap } from '@/lib/infra/supabase';
import { serviceClient } from '@/lib/infra/supabase-service';

/**
 * Opens a session by the token of one of our links, a reset mail's or a new platform administrator's. The token is ours: Auth's own recovery slot can be overwritten by anybody who
 * asks Auth for a code, so its link is made and redeemed within this call.
 * @returns a client with the session and the account's address, or null when the token was used or has run out
 */
export async function recoverSession(
  redeem: 'redeem_password_reset' | 'open_platform_invite',
  token: string,
  address: string | null,
): Promise<{ client: Db; email: string } | null> {
  const service = serviceClient();
  const email = unwrap(await service.rpc(redeem, { p_token: token })) as string | null;
  if (!email) return null;
  const link = await service.auth.admin.generateLink({ type: 'recovery', email });
  assertAuthReachable(link.error);
  if (link.error) return null;
  const client = statelessClient(address);
  const { error } = await client.auth.verifyOtp({ type: 'recovery', token_hash: link.data.properties.hashed_token });
  assertAuthReachable(error);
  return error ? null : { client, email };
}
