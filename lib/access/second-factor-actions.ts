'use server';

import { z } from 'zod';
import { defineAction } from '@/lib/infra/define-action';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { authorizePerson } from './gate';
import { enrolmentProofSchema, passwordProofSchema, proofSchema } from './schema';
import * as commands from './second-factor';

const runProve = defineAction('prove-second-factor', proofSchema, async ({ code }, facts) => {
  await commands.proveSecondFactor(await authorizePerson(), code, facts);
  return { to: '/' };
});
/** The second step of signing in. */
export async function proveSecondFactor(input: unknown): Promise<FormState<Destination>> {
  return runProve(input);
}

const runStepUp = defineAction('prove-again', proofSchema, async ({ code }, facts) => {
  await commands.proveSecondFactor(await authorizePerson(), code, facts);
  return { proven: true };
});
/** Proves the second factor once more, for what asks for it. */
export async function proveAgain(input: unknown): Promise<FormState<{ proven: boolean }>> {
  return runStepUp(input);
}

const runBegin = defineAction('begin-second-factor', passwordProofSchema, async ({ currentPassword }, facts) =>
  commands.beginSecondFactor(await authorizePerson(), currentPassword, facts),
);
/** Proves the password and answers the authenticator to set up. */
export async function beginSecondFactor(input: unknown): Promise<FormState<commands.Enrolment>> {
  return runBegin(input);
}

const runComplete = defineAction('complete-second-factor', enrolmentProofSchema, async (input) => {
  const person = await authorizePerson();
  await commands.completeSecondFactor(person, input);
  return { to: person.atSignIn ? '/' : '/account?saved=second-factor' };
});
/** Proves the first code of the authenticator, which turns it on. */
export async function completeSecondFactor(input: unknown): Promise<FormState<Destination>> {
  return runComplete(input);
}

const runReplace = defineAction('replace-recovery-codes', z.unknown(), async () => commands.replaceRecoveryCodes(await authorizePerson()));
/** Answers new recovery codes. */
export async function replaceRecoveryCodes(_input: unknown): Promise<FormState<{ codes: string[] }>> {
  return runReplace({});
}

const runRemove = defineAction('remove-second-factor', z.unknown(), async () => {
  await commands.removeSecondFactor(await authorizePerson());
  return { to: '/account?saved=second-factor-removed' };
});
/** Takes the second factor off the caller's account. */
export async function removeSecondFactor(_input: unknown): Promise<FormState<Destination>> {
  return runRemove({});
}
