import { z } from 'zod';
import { authorizeClinic } from '@/lib/access/gate';
import { answer } from '@/lib/infra/answer';
import { defineRoute } from '@/lib/infra/define-route';

/** What the caller's clinic uses of what it may: `{ usage: { metric: { used, limit, period } } }`; a null limit means unlimited. */
export const GET = defineRoute({
  name: 'current-usage',
  hosts: ['clinic', 'custom'],
  schema: z.object({}),
  run: async () => answer({ usage: (await authorizeClinic()).facts.usage }),
});
