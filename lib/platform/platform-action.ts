import 'server-only';
import type { z } from 'zod';
import { defineAction } from '@/lib/infra/define-action';
import type { RequestFacts } from '@/lib/infra/request';
import { type AuthDb, sessionClient } from '@/lib/infra/supabase';
import { assertPlatformHost, authorizePlatform, type PlatformScope } from './gate';

/** A server action of the platform's administrators, at its own host. */
export const platformAction = <Schema extends z.ZodType, Result>(
  name: string,
  schema: Schema,
  run: (scope: PlatformScope, input: z.infer<Schema>) => Promise<Result>,
) => defineAction(name, schema, async (input) => run(await authorizePlatform(), input));

/** A server action of the way into the platform and out of it. */
export const platformEntranceAction = <Schema extends z.ZodType, Result>(
  name: string,
  schema: Schema,
  run: (db: AuthDb, input: z.infer<Schema>, facts: RequestFacts) => Promise<Result>,
) =>
  defineAction(name, schema, async (input, facts) => {
    await assertPlatformHost();
    return run(await sessionClient(), input, facts);
  });
