import 'server-only';
import { authorizeBilling } from '@/lib/access/gate';
import type { RequestFacts } from '@/lib/infra/request';
import { atStripe, stripe } from '@/lib/infra/stripe';
import { unwrap } from '@/lib/infra/supabase';
import type { BillingScope } from './commands';

/**
 * Does something about the plan of the caller's clinic, on hold or not, for who may.
 * @throws {AppError} of the gate, of the work, and of Stripe
 */
export async function withBilling<T>(
  permission: 'billing.read' | 'billing.update',
  { ownOrigin }: Pick<RequestFacts, 'ownOrigin'>,
  work: (scope: BillingScope) => Promise<T>,
): Promise<T> {
  const db = await authorizeBilling(permission);
  // Whoever may not is refused before anything happens at Stripe.
  unwrap(await db.rpc('begin_billing_act', { p_permission: permission }));
  return atStripe(() => work({ db, stripe: stripe(), origin: ownOrigin }));
}
