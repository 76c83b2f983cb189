import 'server-only';
import { env } from '@/lib/infra/env';
import { AppError } from '@/lib/infra/errors';
import { subdomainOrigin } from '@/lib/infra/hosts';
import type { RequestFacts } from '@/lib/infra/request';
import { hashToken, open } from '@/lib/infra/secrets';
import { type AuthDb, assertAuthReachable, statelessClient, unwrap } from '@/lib/infra/supabase';
import { noteProof } from './assurance';
import { proveCode, sessionIdOf } from './codes';
import type { Scope } from './gate';
import { laneOf, rememberDevice } from './known-device';
import { findSecondFactor } from './queries';
import { beginEmailChange, handOver, recoverAccount, recoverByReset } from './recovery';
import { noteFailedSignIn, throttleReset, throttleSignIn } from './throttle';

/** How entering a clinic ended. */
export type Entrance = 'ok' | 'on_hold' | 'cancelled';

/** The page where each entrance ends. */
export const landing: Record<Entrance, string> = { ok: '/', on_hold: '/on-hold', cancelled: '/closed' };

/**
 * Binds the client's session to the clinic; a session that may not enter is ended at once.
 * @throws {AppError} forbidden, signed_out
 */
export async function enter(db: AuthDb, slug: string, facts: RequestFacts): Promise<Entrance> {
  const status = unwrap(await db.rpc('enter_tenant', { p_slug: slug, p_ip: facts.address ?? '', p_user_agent: facts.userAgent ?? '' }));
  if (status === 'ok' || status === 'on_hold') return status;
  await db.auth.signOut({ scope: 'local' });
  if (status === 'cancelled') return status;
  if (status === 'no_access') {
    throw new AppError('forbidden', {
      message: 'Your account is not a member of this clinic. If you were invited, open the link in that mail now.',
    });
  }
  if (status === 'closed_by_hold') {
    throw new AppError('forbidden', {
      message: 'Your clinic is on hold. Until that ends only those who run its account can sign in; please ask its owner.',
    });
  }
  throw new AppError('signed_out', { message: 'The sign-in did not hold. Please try again.' });
}

/**
 * Signs in with a password and binds the new session to the clinic.
 * @throws {AppError} rate_limited, bad_credentials, forbidden
 */
export async function signIn(
  db: AuthDb,
  slug: string,
  credentials: { email: string; password: string },
  facts: RequestFacts,
): Promise<Entrance> {
  await throttleSignIn(credentials.email, facts.address);
  const { error } = await db.auth.signInWithPassword(credentials);
  assertAuthReachable(error);
  if (error) {
    await noteFailedSignIn(slug, credentials.email, facts, 'bad_credentials');
    throw new AppError('bad_credentials');
  }
  try {
    const entrance = await enter(db, slug, facts);
    // Whoever has a second factor is known by it, and not by the password alone.
    if ((entrance === 'ok' || entrance === 'on_hold') && !(await findSecondFactor(db))) await rememberDevice(credentials.email);
    return entrance;
  } catch (error) {
    if (error instanceof AppError && error.code === 'forbidden') await noteFailedSignIn(slug, credentials.email, facts, 'no_access');
    throw error;
  }
}

/**
 * Redeems the one-time code of a sign-up and binds its session to the clinic.
 * @throws {AppError} signed_out when the code is unknown, used, expired or for another clinic
 */
export async function redeemHandoff(db: AuthDb, slug: string, code: string, facts: RequestFacts): Promise<Entrance> {
  const payload = unwrap(await db.rpc('redeem_handoff', { p_slug: slug, p_code_hash: hashToken(code) })) as string | null;
  if (!payload) throw new AppError('signed_out', { message: 'This link has been used or has run out. Please sign in.' });
  const { error } = await db.auth.refreshSession({ refresh_token: open('hand-off', payload) });
  assertAuthReachable(error);
  if (error) throw new AppError('signed_out', { message: 'This link has been used or has run out. Please sign in.' });
  return enter(db, slug, facts);
}

/** Ends the caller's session in the clinic and in Auth. */
export async function signOut(db: AuthDb): Promise<void> {
  // Another tab may have signed out already.
  const { data } = await db.auth.getSession();
  if (!data.session) return;
  unwrap(await db.rpc('leave_tenant'));
  const { error } = await db.auth.signOut({ scope: 'local' });
  assertAuthReachable(error);
}

/** Ends one of the caller's own sessions at the clinic, or all but the one in use; answers how many ended. */
export async function endSessions(scope: Scope, which: { session: string } | 'others'): Promise<number> {
  return unwrap(await scope.db.rpc('end_own_sessions', which === 'others' ? {} : { p_session: which.session }));
}

const usedLink = () => new AppError('invalid_input', { message: 'This link has been used or has run out. Please ask for a new one.' });

/**
 * Asks for the second factor before a new password is set: a mailbox is not enough. A recovery code takes the lost authenticator off.
 * @returns whether the second factor was proven, and is still there
 */
async function proveForReset(client: AuthDb, factorId: string, input: { token: string; code?: string }): Promise<boolean> {
  if (!input.code) {
    throw new AppError('invalid_input', { fields: { code: 'Enter the code of your authenticator app, or a recovery code.' } });
  }
  if (/^\d{6}$/.test(input.code)) {
    await proveCode(client, factorId, input.code, 'link');
    return true;
  }
  const recovered = await recoverAccount(input.token, input.code);
  if (recovered === null) throw new AppError('rate_limited');
  if (!recovered) throw new AppError('invalid_input', { fields: { code: 'This is no code of yours, or it was used already.' } });
  return false;
}

/**
 * Sets a new password by the token of a reset mail; every session of the user ends, and a new one is bound here.
 * @throws {AppError} invalid_input when the link has been used or has run out
 */
export async function resetPassword(
  db: AuthDb,
  slug: string,
  input: { token: string; password: string; code?: string },
  facts: RequestFacts,
): Promise<Entrance> {
  await throttleReset(facts.address);
  const recovered = await recoverByReset(input.token, facts.address);
  if (!recovered) throw usedLink();
  const proven = recovered.factorId ? await proveForReset(recovered.client, recovered.factorId, input) : false;
  const changed = await recovered.client.auth.updateUser({ password: input.password });
  assertAuthReachable(changed.error);
  if (changed.error) {
    throw new AppError('invalid_input', { message: 'This password was refused. Please ask for a new link and choose another.' });
  }
  return signInAnew(db, slug, { email: recovered.email, password: input.password }, facts, proven);
}

/**
 * Proves a person's password anew; answers a client with the session that did.
 * @throws {AppError} rate_limited, invalid_input for the field currentPassword
 */
export async function provePassword(
  { slug, email }: { slug: string; email: string },
  password: string,
  facts: RequestFacts,
): Promise<AuthDb> {
  await throttleSignIn(email, facts.address);
  const prover = statelessClient(facts.address);
  const { error } = await prover.auth.signInWithPassword({ email, password });
  assertAuthReachable(error);
  if (error) {
    await noteFailedSignIn(slug, email, facts, 'bad_credentials');
    throw new AppError('invalid_input', { fields: { currentPassword: 'This is not your current password.' } });
  }
  return prover;
}

/**
 * Changes the caller's password after proving the current one. A trigger ends every session; a new one is bound here.
 * @param db the client that gets it
 * @throws {AppError} rate_limited, invalid_input
 */
export async function changePassword(
  scope: Scope,
  db: AuthDb,
  slug: string,
  input: { currentPassword: string; password: string; code?: string },
  facts: RequestFacts,
): Promise<void> {
  const { email } = scope.facts.user;
  const factor = await findSecondFactor(scope.db);
  if (factor && !input.code) throw new AppError('invalid_input', { fields: { code: 'Enter the six digits that your app shows.' } });
  const prover = await provePassword({ slug, email }, input.currentPassword, facts);
  if (input.currentPassword === input.password) {
    throw new AppError('invalid_input', { fields: { password: 'Choose a password that differs from the current one.' } });
  }
  if (factor && input.code) await proveCode(prover, factor.factor_id, input.code, await laneOf(email));
  const changed = await prover.auth.updateUser({ password: input.password });
  assertAuthReachable(changed.error);
  if (changed.error) throw new AppError('invalid_input', { fields: { password: 'This password was refused. Choose another.' } });
  await signInAnew(db, slug, { email, password: input.password }, facts, factor !== null);
}

/**
 * Signs in right after a password change: the old sessions, the proving one included, are dead by then.
 * @param proven whether the second factor was proven for the change, and so for this session
 */
async function signInAnew(
  db: AuthDb,
  slug: string,
  credentials: { email: string; password: string },
  facts: RequestFacts,
  proven: boolean,
): Promise<Entrance> {
  const { error } = await db.auth.signInWithPassword(credentials);
  if (error) throw new AppError('unavailable', { message: 'Your password is changed. Please sign in with it.' });
  try {
    const entrance = await enter(db, slug, facts);
    if (proven) await noteProof(await sessionIdOf(db));
    await rememberDevice(credentials.email);
    return entrance;
  } catch (error) {
    throw error instanceof AppError ? new AppError(error.code, { message: `Your password is changed. ${error.message}` }) : error;
  }
}

/** Changes the caller's name, at all their clinics. @throws {AppError} forbidden */
export async function changeName(scope: Scope, name: string): Promise<void> {
  if (!unwrap(await scope.db.rpc('update_own_name', { p_name: name }))) throw new AppError('forbidden');
}

/**
 * Begins the change of the caller's address: it is theirs when they open the link that goes there.
 * @throws {AppError} rate_limited, invalid_input
 */
export async function changeEmail(scope: Scope, input: { email: string; currentPassword: string }, facts: RequestFacts): Promise<void> {
  const { id, email } = scope.facts.user;
  if (input.email === email) throw new AppError('invalid_input', { fields: { email: 'This is your address already.' } });
  const prover = await provePassword({ slug: scope.facts.clinic.slug, email }, input.currentPassword, facts);
  // The proof is done; its session is of no use.
  await prover.auth.signOut({ scope: 'local' });
  if (!(await beginEmailChange(id, scope.tenantId, input.email))) {
    throw new AppError('rate_limited', { message: 'You have asked for this three times within an hour. Please try again later.' });
  }
}

/**
 * Takes the caller to another clinic of theirs; answers the address that takes them in.
 * @throws {AppError} forbidden, unavailable
 */
export async function switchClinic(scope: Scope, slug: string, facts: RequestFacts): Promise<string> {
  if (!unwrap(await scope.db.rpc('may_switch_to', { p_slug: slug }))) {
    throw new AppError('forbidden', {
      message: 'This needs your password: you signed out there, signed in here a while ago, or work there no more. Sign in at its address.',
    });
  }
  const code = await handOver(scope.facts.user, scope.facts.session.id, slug, facts.address);
  if (!code) throw new AppError('unavailable');
  // The code travels in the fragment, which no server and no log ever sees.
  return `${subdomainOrigin(slug, env().APP_URL)}/handoff#${code}`;
}
