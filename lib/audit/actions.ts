'use server';

import { clinicAction } from '@/lib/access/clinic-action';
import * as commands from './commands';
import { verifyStretch } from './queries';
import { resolutionSchema, verificationStepSchema } from './schema';

/** Verifies a stretch of the clinic's log. */
export const verifyLog = clinicAction('verify-log', 'audit.read', verificationStepSchema, async (scope, { after }) =>
  verifyStretch(scope, after),
);

/** Closes a security alert with a note. */
export const resolveAlert = clinicAction('resolve-alert', 'audit.resolve', resolutionSchema, async (scope, input) => {
  await commands.resolveAlert(scope, input);
  return { to: '/activity/alerts?saved=resolved' };
});
