'use server';

import { z } from 'zod';
import { authorizeClinic } from '@/lib/access/gate';
import { defineAction } from '@/lib/infra/define-action';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { setLogo, setSecondFactorRule, updateProfile, updateSettings } from './commands';
import { encodeLogo } from './logo';
import { brandSchema, logoSchema, profileSchema, secondFactorSchema, sessionLimitsSchema } from './schema';

const saved = (what: string): Destination => ({ to: `/settings?saved=${what}` });

const runProfile = defineAction('save-profile', profileSchema, async (input) => {
  await updateProfile(await authorizeClinic(), input);
  return saved('profile');
});
/** Changes the clinic's profile. */
export async function saveProfile(input: unknown): Promise<FormState<Destination>> {
  return runProfile(input);
}

const runBrand = defineAction('save-brand', brandSchema, async (input) => {
  await updateSettings(await authorizeClinic(), input);
  return saved('brand');
});
/** Changes the clinic's colour. */
export async function saveBrand(input: unknown): Promise<FormState<Destination>> {
  return runBrand(input);
}

const runLogo = defineAction('save-logo', logoSchema, async ({ logo }) => {
  // Decoding costs time, which only those who may change the logo can ask for.
  const scope = await authorizeClinic('settings.update');
  await setLogo(scope, await encodeLogo(new Uint8Array(await logo.arrayBuffer())));
  return saved('logo');
});
/** Sets the clinic's logo. */
export async function saveLogo(input: unknown): Promise<FormState<Destination>> {
  return runLogo(input);
}

const runLogoRemoval = defineAction('remove-logo', z.unknown(), async () => {
  await setLogo(await authorizeClinic(), null);
  return saved('logo');
});
/** Removes the clinic's logo. */
export async function removeLogo(_input: unknown): Promise<FormState<Destination>> {
  return runLogoRemoval({});
}

const runSecondFactor = defineAction('save-second-factor-rule', secondFactorSchema, async (input) => {
  await setSecondFactorRule(await authorizeClinic(), input);
  return saved('second-factor');
});
/** Changes who must have a second factor. */
export async function saveSecondFactorRule(input: unknown): Promise<FormState<Destination>> {
  return runSecondFactor(input);
}

const runSessionLimits = defineAction('save-session-limits', sessionLimitsSchema, async (input) => {
  await updateSettings(await authorizeClinic(), input);
  return saved('sessions');
});
/** Changes how long the clinic's sessions last. */
export async function saveSessionLimits(input: unknown): Promise<FormState<Destination>> {
  return runSessionLimits(input);
}
