import 'server-only';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import { z } from 'zod';
import { beside, missingRecord, requireClinic, requirePermission, type Scope } from '@/lib/access/gate';
import { listOpenings } from '@/lib/audit/queries';
import type { AuditEntry } from '@/lib/audit/schema';
import { AppError } from '@/lib/infra/errors';
import { recordRefusal } from '@/lib/infra/refusals';
import { requestFacts } from '@/lib/infra/request';
import type { SearchParams } from '@/lib/infra/search-params';
import { readListAddress } from './list-parameters';
import { listPatients, openPatient, type Patient, type PatientPage } from './queries';
import type { ListQuery } from './schema';

/** The page of the list that an address names. */
export async function loadPatientList(parameters: SearchParams): Promise<{ scope: Scope; query: ListQuery; page: PatientPage }> {
  const query = readListAddress(parameters);
  const [scope, page] = await beside(requirePermission('patients.read'), (caller) => listPatients(caller, query));
  if (page.rows.length > 0 || (!query.after && !query.before)) return { scope, query, page };
  // The page has emptied since its address was made.
  const first = { ...query, after: null, before: null };
  return { scope, query: first, page: await listPatients(scope, first) };
}

/**
 * A patient's record, which counts as opened; the same 404 for another clinic's id, an unknown one and no id at all. Who opens
 * suspiciously many is sent back to the list for a moment.
 */
export const loadPatient = cache(async (id: string): Promise<{ scope: Scope; patient: Patient }> => {
  const scope = await requirePermission('patients.read');
  if (!z.uuid().safeParse(id).success) return missingRecord('patients.opened', id);
  const patient = await openPatient(scope, id).catch(async (error) => {
    if (!(error instanceof AppError) || error.code !== 'rate_limited') throw error;
    await recordRefusal('patients.opened', error.code, await requestFacts(), { id });
    redirect('/patients?slowed=1');
  });
  return patient ? { scope, patient } : missingRecord('patients.opened', id);
});

/** Who opened a patient's record last, for those who may read the log; null for everybody else. */
export async function loadOpenings(id: string): Promise<AuditEntry[] | null> {
  const scope = await requireClinic();
  return scope.facts.permissions.includes('audit.read') ? listOpenings(scope, id) : null;
}
