'use server';

import { authorizeClinic } from '@/lib/access/gate';
import { defineAction } from '@/lib/infra/define-action';
import { AppError } from '@/lib/infra/errors';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { dataClient } from '@/lib/infra/supabase';
import { checkImport as check, decideImport as decide, stageRows, startImport as start } from './import-commands';
import { findImport, listImportProblems, type PatientImport } from './import-queries';
import {
  type ImportProblem,
  importDecisionSchema,
  importIdSchema,
  importProblemsSchema,
  importRowsSchema,
  importStartSchema,
} from './import-schema';

const runStart = defineAction('start-import', importStartSchema, async (input) => ({
  importId: await start(await authorizeClinic(), input),
}));
/** Opens an import of patients. */
export async function startImport(input: unknown): Promise<FormState<{ importId: string }>> {
  return runStart(input);
}

const runSend = defineAction('send-import-rows', importRowsSchema, async (input) => ({
  staged: await stageRows(await authorizeClinic(), input),
}));
/** Stages rows of the file. */
export async function sendImportRows(input: unknown): Promise<FormState<{ staged: number }>> {
  return runSend(input);
}

const runCheck = defineAction('check-import', importIdSchema, async ({ importId }) => {
  await check(await authorizeClinic(), importId);
  return { to: `/patients/import/${importId}` };
});
/** Has the staged rows checked, and leads to their page. */
export async function checkImport(input: unknown): Promise<FormState<Destination>> {
  return runCheck(input);
}

const runDecide = defineAction('decide-import', importDecisionSchema, async ({ importId, accept }) => {
  await decide(await authorizeClinic(), importId, accept);
  return { to: accept ? `/patients/import/${importId}` : '/patients/import' };
});
/** Imports the valid rows, or discards all. */
export async function decideImport(input: unknown): Promise<FormState<Destination>> {
  return runDecide(input);
}

const runState = defineAction('import-state', importIdSchema, async ({ importId }) => {
  const found = await findImport(await dataClient(), importId);
  if (!found) throw new AppError('not_found');
  return found;
});
/** How far an import is; asking prolongs no session. */
export async function askImportState(input: unknown): Promise<FormState<PatientImport>> {
  return runState(input);
}

const runProblems = defineAction('import-problems', importProblemsSchema, async ({ importId, after }) =>
  listImportProblems(await authorizeClinic(), importId, after, 1000),
);
/** Refused lines after a line, for the download. */
export async function listProblems(input: unknown): Promise<FormState<ImportProblem[]>> {
  return runProblems(input);
}
