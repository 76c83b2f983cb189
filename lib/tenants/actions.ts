'use server';

import { throttleClinicList, throttleSignUp } from '@/lib/access/throttle';
import { defineAction } from '@/lib/infra/define-action';
import { AppError } from '@/lib/infra/errors';
import { provisionTenant, requestClinicList } from './commands';
import { clinicListSchema, signUpSchema } from './schema';

/** Signs a clinic up; the answer names the address that takes the owner in. */
export const signUp = defineAction('sign-up', signUpSchema, async (input, facts) => {
  if (facts.host.kind !== 'signup') throw new AppError('not_found');
  await throttleSignUp(facts.address);
  const { redirectUrl } = await provisionTenant(input, facts.address, null);
  return { to: redirectUrl };
});

/** Asks for a mail with the clinics of an address; the answer is the same whether it has any or not. */
export const findClinics = defineAction('find-clinics', clinicListSchema, async ({ email }, { address }) => {
  await throttleClinicList(address);
  await requestClinicList(email);
  return { email };
});
