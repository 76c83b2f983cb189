import 'server-only';
import type { z } from 'zod';
import { answer } from '@/lib/infra/answer';
import { defineRoute } from '@/lib/infra/define-route';
import { assertSameOrigin, type RequestFacts } from '@/lib/infra/request';
import { type Needs, permissionOf } from './clinic-action';
import { authorizeClinic, type Scope } from './gate';

/**
 * A route of a clinic's host whose work asks its gate itself: its answer is a body, sent as JSON that nobody keeps, or a whole response.
 * What changes something is asked by the clinic's own pages alone.
 */
export const clinicHostRoute = <Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  run: (input: z.infer<Schema>, facts: RequestFacts) => Promise<object>,
) =>
  defineRoute({
    name,
    hosts: ['clinic', 'custom'],
    schema,
    run: async (input, request, facts) => {
      if (request.method !== 'GET') assertSameOrigin(facts);
      const answered = await run(input, facts);
      return answered instanceof Response ? answered : answer(answered);
    },
  });

/**
 * A route of a clinic's members.
 * @param needs without it nothing runs, and the answer is 403; the database decides again at each statement
 */
export const clinicRoute = <Schema extends z.ZodType>(
  name: string,
  needs: Needs,
  schema: Schema,
  run: (scope: Scope, input: z.infer<Schema>, facts: RequestFacts) => Promise<object>,
) => clinicHostRoute(name, schema, async (input, facts) => run(await authorizeClinic(permissionOf(needs)), input, facts));
