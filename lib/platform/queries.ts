import 'server-only';
import { unwrap } from '@/lib/infra/supabase';
import type { PlatformScope } from './gate';
import {
  type AuditEntry,
  auditSchema,
  type BillingProblems,
  billingProblemsSchema,
  type Clinic,
  type ClinicPage,
  type ClinicQuery,
  clinicPageSchema,
  clinicSchema,
  type Entitlements,
  entitlementsSchema,
  type Period,
  type Totals,
  totalsSchema,
} from './schema';

/** Clinics in one page of the list, and entries in one of a log. */
const clinicsPerPage = 25;
const auditPerPage = 50;

/** A page of clinics; `search` finds names, subdomains and members' addresses. */
export async function listClinics({ db }: PlatformScope, query: ClinicQuery): Promise<ClinicPage & { pages: number }> {
  const answer = await db.rpc('list_clinics', {
    p_search: query.search,
    p_sort: query.sort,
    p_page: query.page,
    ...(query.status && { p_status: query.status }),
    ...(query.plan && { p_plan: query.plan }),
    ...(query.hold && { p_hold: query.hold }),
  });
  const page = clinicPageSchema.parse(unwrap(answer));
  return { ...page, pages: Math.ceil(page.total / clinicsPerPage) };
}

/** One clinic without its patients, or null. Looking is noted in the clinic's log. */
export async function findClinic({ db }: PlatformScope, id: string): Promise<Clinic | null> {
  return clinicSchema.nullable().parse(unwrap(await db.rpc('find_clinic', { p_tenant: id })));
}

/** What a clinic may use, and what was granted beside its plan. */
export async function findEntitlements({ db }: PlatformScope, id: string): Promise<Entitlements> {
  return entitlementsSchema.parse(unwrap(await db.rpc('list_entitlements', { p_tenant: id })));
}

/** A page of a clinic's log, the newest first, before an entry's id; `earlier` is where the next page begins. */
export async function listClinicAudit({ db }: PlatformScope, id: string, before: number | null): Promise<AuditPage> {
  const entries = auditSchema.parse(unwrap(await db.rpc('list_clinic_audit', { p_tenant: id, ...(before && { p_before: before }) })));
  return { entries, earlier: entries.length === auditPerPage ? (entries.at(-1)?.id ?? null) : null };
}

export type AuditPage = { entries: AuditEntry[]; earlier: number | null };

/** What the platform counts today, and over the days, weeks or months before (UTC). */
export async function findTotals({ db }: PlatformScope, period: Period): Promise<Totals> {
  return totalsSchema.parse(unwrap(await db.rpc('platform_totals', { p_period: period })));
}

/** What the platform has to look at: alerts, events and jobs about what clinics pay. */
export async function findBillingProblems({ db }: PlatformScope): Promise<BillingProblems> {
  return billingProblemsSchema.parse(unwrap(await db.rpc('list_billing_problems')));
}
