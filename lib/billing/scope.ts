import 'server-only';
import type { z } from 'zod';
import { clinicHostRoute } from '@/lib/access/clinic-route';
import { authorizeBilling } from '@/lib/access/gate';
import { defineAction } from '@/lib/infra/define-action';
import type { RequestFacts } from '@/lib/infra/request';
import { atStripe, stripe } from '@/lib/infra/stripe';
import { unwrap } from '@/lib/infra/supabase';
import type { BillingScope } from './commands';

type Permission = 'billing.read' | 'billing.update';

/**
 * Does something about the plan of the caller's clinic, on hold or not, for who may.
 * @throws {AppError} of the gate, of the work, and of Stripe
 */
async function withBilling<T>(
  permission: Permission,
  { ownOrigin }: Pick<RequestFacts, 'ownOrigin'>,
  work: (scope: BillingScope) => Promise<T>,
): Promise<T> {
  const db = await authorizeBilling(permission);
  // Whoever may not is refused before anything happens at Stripe.
  unwrap(await db.rpc('begin_billing_act', { p_permission: permission }));
  return atStripe(() => work({ db, stripe: stripe(), origin: ownOrigin }));
}

/** A server action about the clinic's plan, on hold or not, for who may change it. */
export const billingAction = <Schema extends z.ZodType, Result>(
  name: string,
  schema: Schema,
  run: (scope: BillingScope, input: z.infer<Schema>) => Promise<Result>,
) => defineAction(name, schema, (input, facts) => withBilling('billing.update', facts, (scope) => run(scope, input)));

/** A route about the clinic's plan, on hold or not. */
export const billingRoute = <Schema extends z.ZodType>(
  name: string,
  permission: Permission,
  schema: Schema,
  run: (scope: BillingScope, input: z.infer<Schema>) => Promise<object>,
) => clinicHostRoute(name, schema, (input, facts) => withBilling(permission, facts, (scope) => run(scope, input)));
