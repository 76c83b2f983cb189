import 'server-only';
import Stripe from 'stripe';
import { z } from 'zod';
import { AppError } from '@/lib/infra/errors';
import { unwrap } from '@/lib/infra/supabase';
import { serviceClient } from '@/lib/infra/supabase-service';
import { decide } from './events';

/** How far the clock of a signature may be from ours, in seconds, before and after. https://docs.stripe.com/webhooks#verify-events */
const tolerance = 300;

/**
 * Checks who signed a webhook's body, byte by byte.
 * @param header the Stripe-Signature header
 * @param secrets of the endpoint; while one is replaced, both hold
 * @throws {AppError} bad_signature
 */
export function verifyStripeEvent(body: Buffer, header: string | null, secrets: string[]): Stripe.Event {
  const signedAt = Number(/(?:^|,)t=(\d+)/.exec(header ?? '')?.[1]);
  // The SDK refuses what is too old, and takes what comes from the future.
  if (signedAt > Date.now() / 1000 + tolerance) throw new AppError('bad_signature');
  for (const secret of secrets) {
    try {
      return Stripe.webhooks.constructEvent(body, header ?? '', secret, tolerance);
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw new AppError('bad_signature', { cause: error });
    }
  }
  throw new AppError('bad_signature');
}

const subject = z.object({
  id: z.string().nullish(),
  object: z.string(),
  customer: z.union([z.string(), z.object({ id: z.string() })]).nullish(),
});

/** Keeps an event for the worker, once; it is durable when this returns. */
export async function storeStripeEvent({ id, type, created, data }: Stripe.Event): Promise<void> {
  const { id: object, object: kind, customer } = subject.parse(data.object);
  const owner = kind === 'customer' ? object : typeof customer === 'string' ? customer : customer?.id;
  unwrap(
    await serviceClient().rpc('store_stripe_event', {
      p_id: id,
      p_type: type,
      p_object: object ?? '',
      p_customer: owner ?? '',
      p_created: new Date(created * 1000).toISOString(),
      p_handling: decide(type).handling,
    }),
  );
}
