import Stripe from 'stripe';
import { env } from './env';

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
