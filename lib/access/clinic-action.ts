import 'server-only';
import type { z } from 'zod';
import { defineAction } from '@/lib/infra/define-action';
import type { PermissionKey } from '@/lib/infra/permission.types';
import type { RequestFacts } from '@/lib/infra/request';
import { type AuthDb, sessionClient } from '@/lib/infra/supabase';
import { authorizeClinic, authorizePerson, currentSlug, type Person, type Scope } from './gate';

/** What a door of a clinic asks for: a permission, or that the caller is a member. */
export type Needs = PermissionKey | 'member';

export const permissionOf = (needs: Needs): PermissionKey | undefined => (needs === 'member' ? undefined : needs);

/**
 * A server action of a clinic's members. What is refused is noted in the clinic's log under the name, which has its words there.
 * @param needs without it nothing runs, and the answer is `forbidden`; the database decides again at each statement
 */
export const clinicAction = <Schema extends z.ZodType, Result>(
  name: string,
  needs: Needs,
  schema: Schema,
  run: (scope: Scope, input: z.infer<Schema>, facts: RequestFacts) => Promise<Result>,
) => defineAction(name, schema, async (input, facts) => run(await authorizeClinic(permissionOf(needs)), input, facts));

/** A server action of a person's own second factor, at its step of signing in, at work, or under a hold. */
export const personAction = <Schema extends z.ZodType, Result>(
  name: string,
  schema: Schema,
  run: (person: Person, input: z.infer<Schema>, facts: RequestFacts) => Promise<Result>,
) => defineAction(name, schema, async (input, facts) => run(await authorizePerson(), input, facts));

/** A clinic's door from outside, and the Auth client that becomes the caller's session. */
export type Entrance = { db: AuthDb; slug: string };

/** A server action by which somebody who is not signed in enters the clinic of this address. */
export const entranceAction = <Schema extends z.ZodType, Result>(
  name: string,
  schema: Schema,
  run: (entrance: Entrance, input: z.infer<Schema>, facts: RequestFacts) => Promise<Result>,
) => defineAction(name, schema, async (input, facts) => run({ db: await sessionClient(), slug: await currentSlug() }, input, facts));
