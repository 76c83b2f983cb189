import 'server-only';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { z } from 'zod';
import { requireClinic, requirePermission, type Scope } from '@/lib/access/gate';
import { readListAddress } from './list-parameters';
import { findPatient, listPatients, type Patient, type PatientPage } from './queries';
import type { ListQuery } from './schema';

/** The page of the list that an address names. */
export async function loadPatientList(
  parameters: Record<string, string | string[] | undefined>,
): Promise<{ scope: Scope; query: ListQuery; page: PatientPage }> {
  const scope = await requirePermission('patients.read');
  const query = readListAddress(parameters);
  const page = await listPatients(scope, query);
  if (page.rows.length > 0 || (!query.after && !query.before)) return { scope, query, page };
  // The page has emptied since its address was made.
  const first = { ...query, after: null, before: null };
  return { scope, query: first, page: await listPatients(scope, first) };
}

/** A patient's record; the same 404 for another clinic's id, an unknown one and no id at all. */
export const loadPatient = cache(async (id: string): Promise<{ scope: Scope; patient: Patient }> => {
  const scope = await requireClinic();
  const patient = z.uuid().safeParse(id).success ? await findPatient(scope, id) : null;
  return patient ? { scope, patient } : notFound();
});
