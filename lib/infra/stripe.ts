import Stripe from 'stripe';
import { env } from './env';
import { AppError } from './errors';

/** The version of Stripe's API whose shapes the code knows: the one that the SDK is typed for. */
export const stripeApiVersion = '2026-10-28.endive' satisfies Stripe.LatestApiVersion;

/**
 * A client of Stripe, or of its emulator.
 * @param secretKey of the account
 * @param url where the emulator answers; without it Stripe itself is asked
 */
export function stripeClient(secretKey: string, url?: string): Stripe {
  const emulator = url === undefined ? undefined : new URL(url);
  return new Stripe(secretKey, {
    apiVersion: stripeApiVersion,
    maxNetworkRetries: 2,
    timeout: 20_000,
    telemetry: false,
    ...(emulator && { host: emulator.hostname, port: Number(emulator.port), protocol: 'http' }),
  });
}

let client: Stripe | undefined;

/** The client of the account, or of the emulator, that the environment names. */
export function stripe(): Stripe {
  const { STRIPE_SECRET_KEY, STRIPE_API_URL } = env();
  client ??= stripeClient(STRIPE_SECRET_KEY, STRIPE_API_URL);
  return client;
}

/**
 * Does work at Stripe, and turns its errors into ours.
 * @throws {AppError} payment_failed with the bank's reason, in_flight for a repeat that is still worked on, unavailable when Stripe
 *   cannot be reached
 */
export async function atStripe<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    // Stripe's words can quote what was sent; those about cards are written for their holders.
    const cause = { code: error.code ?? error.type };
    if (error instanceof Stripe.errors.StripeCardError) throw new AppError('payment_failed', { message: error.message, cause });
    if (error instanceof Stripe.errors.StripeIdempotencyError) throw new AppError('in_flight', { cause });
    throw new AppError('unavailable', {
      message: 'Our payment provider does not answer as it should. Nothing is lost; please try again in a minute.',
      cause,
    });
  }
}
