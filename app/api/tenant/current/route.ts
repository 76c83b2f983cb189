import { z } from 'zod';
import { authorizeClinic } from '@/lib/access/gate';
import { answer } from '@/lib/infra/answer';
import { defineRoute } from '@/lib/infra/define-route';

/** The clinic of the caller's session: who it is, its plan, and what the caller may do there. */
export const GET = defineRoute({
  name: 'current-tenant',
  hosts: ['clinic', 'custom'],
  schema: z.object({}),
  run: async () => {
    const { clinic, plan, role, permissions, usage } = (await authorizeClinic()).facts;
    const { id, slug, name, time_zone, currency, locale } = clinic;
    return answer({ tenant: { id, slug, name, time_zone, currency, locale }, plan, role, permissions, usage });
  },
});
