import 'server-only';
import { type Entrance, enter } from '@/lib/access/commands';
import { rememberDevice } from '@/lib/access/known-device';
import { findSecondFactor } from '@/lib/access/queries';
import { newPassword } from '@/lib/access/schema';
import { throttleInvitation, throttleSignIn } from '@/lib/access/throttle';
import { AppError } from '@/lib/infra/errors';
import type { RequestFacts } from '@/lib/infra/request';
import { type AuthDb, assertAuthReachable, statelessClient, unwrap } from '@/lib/infra/supabase';
import { type OpenedInvitation, openedInvitation } from './schema';

const closed = () =>
  new AppError('invalid_input', {
    message: 'This invitation cannot be used: it has been used already, was taken back or has run out, or the clinic is on hold.',
  });

/**
 * What an invitation's link says: whom it is for, with which role, and whether that address has an account.
 * @throws {AppError} invalid_input when the link is of no use any more
 */
export async function openInvitation(slug: string, token: string, facts: RequestFacts): Promise<OpenedInvitation> {
  await throttleInvitation(facts.address);
  return findInvitation(slug, token, facts);
}

async function findInvitation(slug: string, token: string, facts: RequestFacts): Promise<OpenedInvitation> {
  const opened = unwrap(await statelessClient(facts.address).rpc('open_invitation', { p_slug: slug, p_token: token })) as unknown;
  if (!opened) throw closed();
  return openedInvitation.parse(opened);
}

/** Makes the account of an invited address, after removing one that somebody else may have made to keep it from its owner. */
async function openAccount(slug: string, input: { token: string; fullName: string; password: string }, facts: RequestFacts): Promise<void> {
  const fields: Record<string, string> = {};
  if (!input.fullName) fields.fullName = 'Enter your name.';
  const password = newPassword.safeParse(input.password);
  if (!password.success) fields.password = password.error.issues[0]?.message ?? 'Choose another password.';
  if (Object.keys(fields).length > 0) throw new AppError('invalid_input', { fields });
  const client = statelessClient(facts.address);
  const email = unwrap(await client.rpc('claim_invited_address', { p_slug: slug, p_token: input.token })) as string | null;
  if (!email) throw closed();
  const { error } = await client.auth.signUp({ email, password: input.password });
  assertAuthReachable(error);
  if (error?.status === 429) throw new AppError('rate_limited');
  if (error?.code === 'weak_password')
    throw new AppError('invalid_input', { fields: { password: 'This password was refused. Choose another.' } });
  // A parallel attempt may have made it: then the password decides.
  if (error && error.code !== 'user_already_exists') throw new AppError('unavailable', { cause: error });
}

/**
 * Makes the invited person a member and signs them in: a new address sets name and password, one with an account proves it.
 * @throws {AppError} invalid_input, bad_credentials, rate_limited, forbidden
 */
export async function acceptInvitation(
  db: AuthDb,
  slug: string,
  input: { token: string; fullName: string; password: string },
  facts: RequestFacts,
): Promise<Entrance> {
  const invitation = await findInvitation(slug, input.token, facts);
  await throttleSignIn(invitation.email, facts.address);
  if (!invitation.has_account) await openAccount(slug, input, facts);
  const { error } = await db.auth.signInWithPassword({ email: invitation.email, password: input.password });
  assertAuthReachable(error);
  if (error) throw new AppError('bad_credentials', { fields: { password: 'This is not the password of your account.' } });
  const accepted = await db.rpc('accept_invitation', { p_slug: slug, p_token: input.token, p_full_name: input.fullName });
  if (!accepted.data) await db.auth.signOut({ scope: 'local' });
  if (!unwrap(accepted)) throw closed();
  const entrance = await enter(db, slug, facts);
  if (!(await findSecondFactor(db))) await rememberDevice(invitation.email);
  return entrance;
}
