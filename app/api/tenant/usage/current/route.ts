import { z } from 'zod';
import { clinicRoute } from '@/lib/access/clinic-route';

/** What the caller's clinic uses of what it may: `{ usage: { metric: { used, limit, period } } }`; a null limit means unlimited. */
export const GET = clinicRoute('current-usage', 'member', z.object({}), async ({ facts }) => ({ usage: facts.usage }));
