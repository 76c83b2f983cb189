import { z } from 'zod';
import { clinicRoute } from '@/lib/access/clinic-route';

/** The clinic of the caller's session: who it is, its plan, and what the caller may do there. */
export const GET = clinicRoute('current-tenant', 'member', z.object({}), async ({ facts }) => {
  const { clinic, plan, role, permissions, usage } = facts;
  const { id, slug, name, time_zone, currency, locale } = clinic;
  return { tenant: { id, slug, name, time_zone, currency, locale }, plan, role, permissions, usage };
});
