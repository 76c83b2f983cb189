'use server';

import { clinicAction } from '@/lib/access/clinic-action';
import { defineAction } from '@/lib/infra/define-action';
import { AppError } from '@/lib/infra/errors';
import { dataClient } from '@/lib/infra/supabase';
import * as commands from './import-commands';
import { findImport, listImportProblems } from './import-queries';
import { importDecisionSchema, importIdSchema, importProblemsSchema, importRowsSchema, importStartSchema } from './import-schema';

/** Opens an import of patients. */
export const startImport = clinicAction('start-import', 'patients.import', importStartSchema, async (scope, input) => ({
  importId: await commands.startImport(scope, input),
}));

/** Stages rows of the file. */
export const sendImportRows = clinicAction('send-import-rows', 'patients.import', importRowsSchema, async (scope, input) => ({
  staged: await commands.stageRows(scope, input),
}));

/** Has the staged rows checked, and leads to their page. */
export const checkImport = clinicAction('check-import', 'patients.import', importIdSchema, async (scope, { importId }) => {
  await commands.checkImport(scope, importId);
  return { to: `/patients/import/${importId}` };
});

/** Imports the valid rows, or discards all. */
export const decideImport = clinicAction('decide-import', 'patients.import', importDecisionSchema, async (scope, { importId, accept }) => {
  await commands.decideImport(scope, importId, accept);
  return { to: accept ? `/patients/import/${importId}` : '/patients/import' };
});

/** How far an import is; past the gate, since asking prolongs no session. */
export const askImportState = defineAction('import-state', importIdSchema, async ({ importId }) => {
  const found = await findImport(await dataClient(), importId);
  if (!found) throw new AppError('not_found');
  return found;
});

/** Refused lines after a line, for the download. */
export const listProblems = clinicAction('import-problems', 'patients.import', importProblemsSchema, async (scope, { importId, after }) =>
  listImportProblems(scope, importId, after, 1000),
);
