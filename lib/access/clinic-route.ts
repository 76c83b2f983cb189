import 'server-only';
import type { z } from 'zod';
import { answer } from '@/lib/infra/answer';
import { defineRoute } from '@/lib/infra/define-route';
import { assertSameOrigin, type RequestFacts } from '@/lib/infra/request';
import { type Needs, permissionOf } from './clinic-action';
import { authorizeClinic, type Scope } from './gate';

/** The hosts of clinics' doors. */
export const clinicHosts = ['clinic', 'custom'] as const;

/**
 * A route of a clinic's members: its answer is a body, sent as JSON that nobody keeps, or a whole response. What changes something is
 * asked by the clinic's own pages alone.
 * @param needs without it nothing runs, and the answer is 403; the database decides again at each statement
 */
export const clinicRoute = <Schema extends z.ZodType>(
  name: string,
  needs: Needs,
  schema: Schema,
  run: (scope: Scope, input: z.infer<Schema>, facts: RequestFacts) => Promise<object>,
) =>
  defineRoute({
    name,
    hosts: clinicHosts,
    schema,
    run: async (input, request, facts) => {
      if (request.method !== 'GET') assertSameOrigin(facts);
      const answered = await run(await authorizeClinic(permissionOf(needs)), input, facts);
      return answered instanceof Response ? answered : answer(answered);
    },
  });
