'use server';

import { z } from 'zod';
import { defineAction } from '@/lib/infra/define-action';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { dataClient, sessionClient, unwrap } from '@/lib/infra/supabase';
import {
  changeEmail as beginEmailChange,
  changePassword as change,
  endSessions as end,
  signIn as enter,
  landing,
  signOut as leave,
  redeemHandoff,
  changeName as rename,
  resetPassword as reset,
  switchClinic as switchTo,
} from './commands';
import { authorizeClinic, authorizeUnderHold, currentSlug } from './gate';
import { findSessionState } from './queries';
import {
  clinicChoiceSchema,
  emailChangeSchema,
  endSessionSchema,
  handoffSchema,
  nameSchema,
  passwordChangeSchema,
  resetRequestSchema,
  resetSchema,
  type SessionState,
  signInSchema,
  verificationSchema,
} from './schema';

const runSignIn = defineAction('sign-in', signInSchema, async (input, facts) => ({
  to: landing[await enter(await sessionClient(), await currentSlug(), input, facts)],
}));
/** Signs in at the clinic of this address. */
export async function signIn(input: unknown): Promise<FormState<Destination>> {
  return runSignIn(input);
}

const runHandoff = defineAction('hand-off', handoffSchema, async ({ code }, facts) => ({
  to: landing[await redeemHandoff(await sessionClient(), await currentSlug(), code, facts)],
}));
/** Takes the owner of a fresh clinic in by the one-time code of the sign-up. */
export async function enterByCode(input: unknown): Promise<FormState<Destination>> {
  return runHandoff(input);
}

const runSignOut = defineAction('sign-out', z.unknown(), async () => {
  await leave(await sessionClient());
  return { to: '/login' };
});
/** Ends the caller's session. */
export async function signOut(_input: unknown): Promise<FormState<Destination>> {
  return runSignOut({});
}

const runResetRequest = defineAction('reset-request', resetRequestSchema, async ({ email }) => {
  unwrap(await (await dataClient()).rpc('request_password_reset', { p_slug: await currentSlug(), p_email: email }));
  return { email };
});
/** Asks for a reset mail; the answer is the same whether the address has an account or not. */
export async function requestReset(input: unknown): Promise<FormState<{ email: string }>> {
  return runResetRequest(input);
}

const runReset = defineAction('reset', resetSchema, async (input, facts) => ({
  to: landing[await reset(await sessionClient(), await currentSlug(), input, facts)],
}));
/** Sets a new password by the token of a reset mail. */
export async function resetPassword(input: unknown): Promise<FormState<Destination>> {
  return runReset(input);
}

const runChange = defineAction('change-password', passwordChangeSchema, async (input, facts) => {
  await change(await authorizeClinic(), await sessionClient(), await currentSlug(), input, facts);
  return { changed: true };
});
/** Changes the caller's password and ends their other sessions. */
export async function changePassword(input: unknown): Promise<FormState<{ changed: boolean }>> {
  return runChange(input);
}

const runEndSession = defineAction('end-session', endSessionSchema, async (which) => ({
  ended: await end(await authorizeClinic(), which),
}));
/** Ends one of the caller's sessions at this clinic. */
export async function endSession(input: unknown): Promise<FormState<{ ended: number }>> {
  return runEndSession(input);
}

const runEndOthers = defineAction('end-other-sessions', z.unknown(), async () => ({ ended: await end(await authorizeClinic(), 'others') }));
/** Ends all of the caller's sessions at this clinic but the one in use. */
export async function endOtherSessions(_input: unknown): Promise<FormState<{ ended: number }>> {
  return runEndOthers({});
}

const runState = defineAction('session-state', z.unknown(), async () => findSessionState(await dataClient()));
/** Asks how long the session lasts, without prolonging it. */
export async function askSessionState(): Promise<FormState<SessionState | null>> {
  return runState({});
}

const runProlong = defineAction('prolong-session', z.unknown(), async () => (await authorizeClinic()).facts.session);
/** Notes that the person is still there. */
export async function prolongSession(_input: unknown): Promise<FormState<SessionState>> {
  return runProlong({});
}

const runVerify = defineAction('verify-email', verificationSchema, async ({ token }) => ({
  verified: unwrap(await (await dataClient()).rpc('verify_email', { p_token: token })),
}));
/** Redeems the token of a verification mail. */
export async function verifyEmail(input: unknown): Promise<FormState<{ verified: boolean }>> {
  return runVerify(input);
}

const runResend = defineAction('resend-verification', z.unknown(), async () => {
  const db = await authorizeUnderHold();
  return { sent: unwrap(await db.rpc('resend_verification')) };
});
/** Sends the verification mail once more. */
export async function resendVerification(_input: unknown): Promise<FormState<{ sent: boolean }>> {
  return runResend({});
}

const runRename = defineAction('change-name', nameSchema, async ({ fullName }) => {
  await rename(await authorizeClinic(), fullName);
  return { to: '/account?saved=name' };
});
/** Changes the caller's name. */
export async function changeName(input: unknown): Promise<FormState<Destination>> {
  return runRename(input);
}

const runEmailChange = defineAction('change-email', emailChangeSchema, async (input, facts) => {
  await beginEmailChange(await authorizeClinic(), input, facts);
  return { email: input.email };
});
/** Begins the change of the caller's address. */
export async function changeEmail(input: unknown): Promise<FormState<{ email: string }>> {
  return runEmailChange(input);
}

const runConfirmEmail = defineAction('confirm-email-change', verificationSchema, async ({ token }) => ({
  changed: unwrap(await (await dataClient()).rpc('confirm_email_change', { p_token: token })),
}));
/** Redeems the token of a mail that went to a new address. */
export async function confirmEmailChange(input: unknown): Promise<FormState<{ changed: boolean }>> {
  return runConfirmEmail(input);
}

const runSwitch = defineAction('switch-clinic', clinicChoiceSchema, async ({ slug }, facts) => ({
  to: await switchTo(await authorizeClinic(), slug, facts),
}));
/** Takes the caller to another clinic of theirs. */
export async function switchClinic(input: unknown): Promise<FormState<Destination>> {
  return runSwitch(input);
}
