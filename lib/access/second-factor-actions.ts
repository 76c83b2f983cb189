'use server';

import { z } from 'zod';
import { personAction } from './clinic-action';
import { enrolmentProofSchema, passwordProofSchema, proofSchema } from './schema';
import * as commands from './second-factor';

/** The second step of signing in. */
export const proveSecondFactor = personAction('prove-second-factor', proofSchema, async (person, { code }, facts) => {
  await commands.proveSecondFactor(person, code, facts);
  return { to: '/' };
});

/** Proves the second factor once more, for what asks for it. */
export const proveAgain = personAction('prove-again', proofSchema, async (person, { code }, facts) => {
  await commands.proveSecondFactor(person, code, facts);
  return { proven: true };
});

/** Proves the password and answers the authenticator to set up. */
export const beginSecondFactor = personAction('begin-second-factor', passwordProofSchema, async (person, { currentPassword }, facts) =>
  commands.beginSecondFactor(person, currentPassword, facts),
);

/** Proves the first code of the authenticator, which turns it on. */
export const completeSecondFactor = personAction('complete-second-factor', enrolmentProofSchema, async (person, input) => {
  await commands.completeSecondFactor(person, input);
  return { to: person.atSignIn ? '/' : '/account?saved=second-factor' };
});

/** Answers new recovery codes. */
export const replaceRecoveryCodes = personAction('replace-recovery-codes', z.unknown(), commands.replaceRecoveryCodes);

/** Takes the second factor off the caller's account. */
export const removeSecondFactor = personAction('remove-second-factor', z.unknown(), async (person) => {
  await commands.removeSecondFactor(person);
  return { to: '/account?saved=second-factor-removed' };
});
