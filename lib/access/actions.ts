'use server';

import { z } from 'zod';
import { defineAction } from '@/lib/infra/define-action';
import { dataClient, sessionClient, unwrap } from '@/lib/infra/supabase';
import { clinicAction, entranceAction } from './clinic-action';
import * as commands from './commands';
import { authorizeUnderHold, currentSlug } from './gate';
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
  signInSchema,
  verificationSchema,
} from './schema';

/** Signs in at the clinic of this address. */
export const signIn = entranceAction('sign-in', signInSchema, async ({ db, slug }, input, facts) => ({
  to: commands.landing[await commands.signIn(db, slug, input, facts)],
}));

/** Takes the owner of a fresh clinic in by the one-time code of the sign-up. */
export const enterByCode = entranceAction('hand-off', handoffSchema, async ({ db, slug }, { code }, facts) => ({
  to: commands.landing[await commands.redeemHandoff(db, slug, code, facts)],
}));

/** Ends the caller's session. */
export const signOut = defineAction('sign-out', z.unknown(), async () => {
  await commands.signOut(await sessionClient());
  return { to: '/login' };
});

/** Asks for a reset mail; the answer is the same whether the address has an account or not. */
export const requestReset = defineAction('reset-request', resetRequestSchema, async ({ email }) => {
  unwrap(await (await dataClient()).rpc('request_password_reset', { p_slug: await currentSlug(), p_email: email }));
  return { email };
});

/** Sets a new password by the token of a reset mail. */
export const resetPassword = entranceAction('reset', resetSchema, async ({ db, slug }, input, facts) => ({
  to: commands.landing[await commands.resetPassword(db, slug, input, facts)],
}));

/** Changes the caller's password and ends their other sessions. */
export const changePassword = clinicAction('change-password', 'member', passwordChangeSchema, async (scope, input, facts) => {
  await commands.changePassword(scope, await sessionClient(), await currentSlug(), input, facts);
  return { changed: true };
});

/** Ends one of the caller's sessions at this clinic. */
export const endSession = clinicAction('end-session', 'member', endSessionSchema, async (scope, which) => ({
  ended: await commands.endSessions(scope, which),
}));

/** Ends all of the caller's sessions at this clinic but the one in use. */
export const endOtherSessions = clinicAction('end-other-sessions', 'member', z.unknown(), async (scope) => ({
  ended: await commands.endSessions(scope, 'others'),
}));

/** Asks how long the session lasts; past the gate, since asking prolongs no session. */
export const askSessionState = defineAction('session-state', z.unknown(), async () => findSessionState(await dataClient()));

/** Notes that the person is still there. */
export const prolongSession = clinicAction('prolong-session', 'member', z.unknown(), async ({ facts }) => facts.session);

/** Redeems the token of a verification mail. */
export const verifyEmail = defineAction('verify-email', verificationSchema, async ({ token }) => ({
  verified: unwrap(await (await dataClient()).rpc('verify_email', { p_token: token })),
}));

/** Sends the verification mail once more. */
export const resendVerification = defineAction('resend-verification', z.unknown(), async () => {
  const db = await authorizeUnderHold();
  return { sent: unwrap(await db.rpc('resend_verification')) };
});

/** Changes the caller's name. */
export const changeName = clinicAction('change-name', 'member', nameSchema, async (scope, { fullName }) => {
  await commands.changeName(scope, fullName);
  return { to: '/account?saved=name' };
});

/** Begins the change of the caller's address. */
export const changeEmail = clinicAction('change-email', 'member', emailChangeSchema, async (scope, input, facts) => {
  await commands.changeEmail(scope, input, facts);
  return { email: input.email };
});

/** Redeems the token of a mail that went to a new address. */
export const confirmEmailChange = defineAction('confirm-email-change', verificationSchema, async ({ token }) => ({
  changed: unwrap(await (await dataClient()).rpc('confirm_email_change', { p_token: token })),
}));

/** Takes the caller to another clinic of theirs. */
export const switchClinic = clinicAction('switch-clinic', 'member', clinicChoiceSchema, async (scope, { slug }, facts) => ({
  to: await commands.switchClinic(scope, slug, facts),
}));
