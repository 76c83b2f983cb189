'use server';

import { clinicAction } from '@/lib/access/clinic-action';
import { createPatient, updatePatient } from './commands';
import { listPatients } from './queries';
import { archivingSchema, listSchema, patientSchema, patientUpdateSchema } from './schema';

/** Adds a patient and opens the new record. */
export const addPatient = clinicAction('add-patient', 'patients.create', patientSchema, async (scope, input) => {
  const id = await createPatient(scope, input);
  return { to: `/patients/${id}?saved=added` };
});

/** Changes a patient's details and opens the record. */
export const editPatient = clinicAction(
  'edit-patient',
  'patients.update',
  patientUpdateSchema,
  async (scope, { id, version, ...input }) => {
    await updatePatient(scope, id, version, input);
    return { to: `/patients/${id}?saved=changed` };
  },
);

/** Archives a patient or brings one back. */
export const archivePatient = clinicAction(
  'archive-patient',
  'patients.archive',
  archivingSchema,
  async (scope, { id, version, archived }) => {
    await updatePatient(scope, id, version, { archived_at: archived ? new Date().toISOString() : null });
    return { to: `/patients/${id}?saved=${archived ? 'archived' : 'restored'}` };
  },
);

/** Searches patients. By POST, because a name has no place in an address or a log. */
export const searchPatients = clinicAction('search-patients', 'patients.read', listSchema, listPatients);
