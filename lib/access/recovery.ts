import 'server-only';
import { z } from 'zod';
import { hashToken, randomToken, seal } from '@/lib/infra/secrets';
import { type AuthDb, assertAuthReachable, statelessClient, unwrap } from '@/lib/infra/supabase';
import { serviceClient } from '@/lib/infra/supabase-service';

/**
 * Opens a new session of an account without its password; whoever calls has proven that it may. Auth's own slot for such links can
 * be overwritten by anybody who asks Auth for a code, so the link is made and redeemed within this call.
 * @param user whose account it must be, where that is known
 * @returns a client with the session, or null when Auth refused
 */
async function openSession(email: string, address: string | null, user?: string): Promise<AuthDb | null> {
  const link = await serviceClient().auth.admin.generateLink({ type: 'recovery', email });
  assertAuthReachable(link.error);
  if (link.error || (user && link.data.user.id !== user)) return null;
  const client = statelessClient(address);
  const { error } = await client.auth.verifyOtp({ type: 'recovery', token_hash: link.data.properties.hashed_token });
  assertAuthReachable(error);
  return error ? null : client;
}

/**
 * Opens a session by the token of a new platform administrator's link.
 * @returns a client with the session and the account's address, or null when the token was used or has run out
 */
export async function recoverByInvite(token: string, address: string | null): Promise<{ client: AuthDb; email: string } | null> {
  const email = unwrap(await serviceClient().rpc('open_platform_invite', { p_token: token })) as string | null;
  const client = email ? await openSession(email, address) : null;
  return client && email ? { client, email } : null;
}

const resetAnswer = z.object({ user_id: z.uuid(), email: z.string(), factor_id: z.uuid().nullable() }).nullable();

/**
 * Opens a session by the token of a reset mail, which stays good until the new password is set.
 * @returns a client with the session, the account's address and its second factor, or null when the token was used or has run out
 */
export async function recoverByReset(
  token: string,
  address: string | null,
): Promise<{ client: AuthDb; email: string; factorId: string | null } | null> {
  const reset = resetAnswer.parse(unwrap(await serviceClient().rpc('read_password_reset', { p_token: token })));
  const client = reset && (await openSession(reset.email, address, reset.user_id));
  return client && reset ? { client, email: reset.email, factorId: reset.factor_id } : null;
}

/** Takes the second factor off the account of a reset mail, by a recovery code; null when too many were tried. */
export async function recoverAccount(token: string, code: string): Promise<boolean | null> {
  return unwrap(await serviceClient().rpc('recover_account', { p_token: token, p_code: code })) as boolean | null;
}

/**
 * Opens an unbound session for another clinic of a person who is signed in, and hands it over by a one-time code.
 * @param origin the session that they come from: its time limits go on
 * @returns the code, which that clinic's address redeems within a minute, or null when Auth refused
 */
export async function handOver(
  user: { id: string; email: string },
  origin: string,
  slug: string,
  address: string | null,
): Promise<string | null> {
  const client = await openSession(user.email, address, user.id);
  const session = (await client?.auth.getSession())?.data.session;
  const claims = (await client?.auth.getClaims())?.data?.claims;
  if (!session || !claims) return null;
  const code = randomToken();
  unwrap(
    await serviceClient().rpc('issue_handoff', {
      p_slug: slug,
      p_code_hash: hashToken(code),
      p_payload: seal('hand-off', session.refresh_token),
      p_session: claims.session_id,
      p_origin: origin,
    }),
  );
  return code;
}

/**
 * Begins the change of an account's address; the caller has proven its password.
 * @returns whether the mails are on their way; they are not when they were asked for too often
 */
export async function beginEmailChange(user: string, tenant: string, email: string): Promise<boolean> {
  return unwrap(await serviceClient().rpc('request_email_change', { p_user: user, p_tenant: tenant, p_email: email }));
}
