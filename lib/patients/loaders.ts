import 'server-only';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { z } from 'zod';
import { requireClinic, type Scope } from '@/lib/access/gate';
import { readListAddress } from './list-address';
import { findPatient, listPatients, type Patient, type PatientPage } from './queries';
import type { ListQuery } from './schema';

/** The page of the list that an address names. */
export async function loadPatientList(
  parameters: Record<string, string | string[] | undefined>,
): Promise<{ scope: Scope; query: ListQuery; page: PatientPage }> {
  const scope = await requireClinic();
  const query = readListAddress(parameters);
  return { scope, query, page: await listPatients(scope, query) };
}

/** A patient's record; the same 404 for another clinic's id, an unknown one and no id at all. */
export const loadPatient = cache(async (id: string): Promise<{ scope: Scope; patient: Patient }> => {
  const scope = await requireClinic();
  const patient = z.uuid().safeParse(id).success ? await findPatient(scope, id) : null;
  return patient ? { scope, patient } : notFound();
});
