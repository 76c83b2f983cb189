'use server';

import { authorizeClinic } from '@/lib/access/gate';
import { defineAction } from '@/lib/infra/define-action';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { createPatient, updatePatient } from './commands';
import { listPatients, type PatientPage } from './queries';
import { archivingSchema, listSchema, patientSchema, patientUpdateSchema } from './schema';

const runAdd = defineAction('add-patient', patientSchema, async (input) => {
  const id = await createPatient(await authorizeClinic(), input);
  return { to: `/patients/${id}?saved=added` };
});
/** Adds a patient and opens the new record. */
export async function addPatient(input: unknown): Promise<FormState<Destination>> {
  return runAdd(input);
}

const runEdit = defineAction('edit-patient', patientUpdateSchema, async ({ id, version, ...input }) => {
  await updatePatient(await authorizeClinic(), id, version, input);
  return { to: `/patients/${id}?saved=changed` };
});
/** Changes a patient's details and opens the record. */
export async function editPatient(input: unknown): Promise<FormState<Destination>> {
  return runEdit(input);
}

const runArchive = defineAction('archive-patient', archivingSchema, async ({ id, version, archived }) => {
  await updatePatient(await authorizeClinic(), id, version, { archived_at: archived ? new Date().toISOString() : null });
  return { to: `/patients/${id}?saved=${archived ? 'archived' : 'restored'}` };
});
/** Archives a patient or brings one back. */
export async function archivePatient(input: unknown): Promise<FormState<Destination>> {
  return runArchive(input);
}

const runSearch = defineAction('search-patients', listSchema, async (query) => listPatients(await authorizeClinic('patients.read'), query));
/** Searches patients. By POST, because a name has no place in an address or a log. */
export async function searchPatients(input: unknown): Promise<FormState<PatientPage>> {
  return runSearch(input);
}
