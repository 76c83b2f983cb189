import 'server-only';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { z } from 'zod';
import type { SearchParams } from '@/lib/infra/search-params';
import { requirePlatform } from './gate';
import { type AuditPage, findBillingProblems, findClinic, findEntitlements, findTotals, listClinicAudit, listClinics } from './queries';
import {
  type BillingProblems,
  type Clinic,
  type ClinicPage,
  type ClinicQuery,
  clinicQuerySchema,
  type Entitlements,
  type Period,
  periodSchema,
  type Totals,
} from './schema';

/** Counts and charts of the overview. */
export async function loadTotals(parameters: SearchParams): Promise<{ totals: Totals; period: Period }> {
  const scope = await requirePlatform();
  const period = periodSchema.parse(parameters.period);
  return { totals: await findTotals(scope, period), period };
}

/** The page of clinics that an address names; past the end, the first one. */
export async function loadClinics(parameters: SearchParams): Promise<{ query: ClinicQuery; page: ClinicPage & { pages: number } }> {
  const scope = await requirePlatform();
  const query = clinicQuerySchema.parse(parameters);
  const page = await listClinics(scope, query);
  if (page.rows.length > 0 || query.page === 1) return { query, page };
  const first = { ...query, page: 1 };
  return { query: first, page: await listClinics(scope, first) };
}

/** One clinic; a 404 for an unknown id and for no id at all. */
export const loadClinic = cache(async (id: string): Promise<Clinic> => {
  const scope = await requirePlatform();
  const clinic = z.uuid().safeParse(id).success ? await findClinic(scope, id) : null;
  return clinic ?? notFound();
});

/** What a clinic may use beside and by its plan. */
export async function loadEntitlements(id: string): Promise<{ clinic: Clinic; entitlements: Entitlements }> {
  const clinic = await loadClinic(id);
  return { clinic, entitlements: await findEntitlements(await requirePlatform(), clinic.id) };
}

/** A page of a clinic's log. */
export async function loadClinicAudit(id: string, parameters: SearchParams): Promise<AuditPage & { clinic: Clinic }> {
  const clinic = await loadClinic(id);
  const before = z.coerce
    .number()
    .int()
    .positive()
    .nullable()
    .catch(null)
    .parse(parameters.before ?? null);
  return { clinic, ...(await listClinicAudit(await requirePlatform(), clinic.id, before)) };
}

/** What did not go by itself between Stripe and the clinics. */
export async function loadBillingProblems(): Promise<BillingProblems> {
  return findBillingProblems(await requirePlatform());
}
