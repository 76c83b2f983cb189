'use server';

import { z } from 'zod';
import { clinicAction } from '@/lib/access/clinic-action';
import { setLogo, setSecondFactorRule, updateProfile, updateSettings } from './commands';
import { encodeLogo } from './logo';
import { brandSchema, logoSchema, profileSchema, secondFactorSchema, sessionLimitsSchema } from './schema';

const saved = (what: string) => ({ to: `/settings?saved=${what}` });

/** Changes the clinic's profile. */
export const saveProfile = clinicAction('save-profile', 'settings.update', profileSchema, async (scope, input) => {
  await updateProfile(scope, input);
  return saved('profile');
});

/** Changes the clinic's colour. */
export const saveBrand = clinicAction('save-brand', 'settings.update', brandSchema, async (scope, input) => {
  await updateSettings(scope, input);
  return saved('brand');
});

/** Sets the clinic's logo. */
export const saveLogo = clinicAction('save-logo', 'settings.update', logoSchema, async (scope, { logo }) => {
  await setLogo(scope, await encodeLogo(new Uint8Array(await logo.arrayBuffer())));
  return saved('logo');
});

/** Removes the clinic's logo. */
export const removeLogo = clinicAction('remove-logo', 'settings.update', z.unknown(), async (scope) => {
  await setLogo(scope, null);
  return saved('logo');
});

/** Changes who must have a second factor. */
export const saveSecondFactorRule = clinicAction('save-second-factor-rule', 'settings.update', secondFactorSchema, async (scope, input) => {
  await setSecondFactorRule(scope, input);
  return saved('second-factor');
});

/** Changes how long the clinic's sessions last. */
export const saveSessionLimits = clinicAction('save-session-limits', 'settings.update', sessionLimitsSchema, async (scope, input) => {
  await updateSettings(scope, input);
  return saved('sessions');
});
