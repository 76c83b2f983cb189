'use server';

import { authorizeClinic } from '@/lib/access/gate';
import { defineAction } from '@/lib/infra/define-action';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { resolveAlert as resolve } from './commands';
import { verifyStretch } from './queries';
import { resolutionSchema, type Verification, verificationStepSchema } from './schema';

const runVerify = defineAction('verify-log', verificationStepSchema, async ({ after }) => verifyStretch(await authorizeClinic(), after));
/** Verifies a stretch of the clinic's log. */
export async function verifyLog(input: unknown): Promise<FormState<Verification>> {
  return runVerify(input);
}

const runResolve = defineAction('resolve-alert', resolutionSchema, async (input) => {
  await resolve(await authorizeClinic(), input);
  return { to: '/activity/alerts?saved=resolved' };
});
/** Closes a security alert with a note. */
export async function resolveAlert(input: unknown): Promise<FormState<Destination>> {
  return runResolve(input);
}
