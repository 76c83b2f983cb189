'use server';

import { throttleSignUp } from '@/lib/access/throttle';
import { defineAction } from '@/lib/infra/define-action';
import { AppError } from '@/lib/infra/errors';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { provisionTenant } from './commands';
import { signUpSchema } from './schema';

const run = defineAction('sign-up', signUpSchema, async (input, facts) => {
  if (facts.host.kind !== 'signup') throw new AppError('not_found');
  await throttleSignUp(facts.address);
  const { redirectUrl } = await provisionTenant(input, facts.address, null);
  return { to: redirectUrl };
});

/** Signs a clinic up; the answer names the address that takes the owner in. */
export async function signUp(input: unknown): Promise<FormState<Destination>> {
  return run(input);
}
