import { headers } from 'next/headers';
import { env } from './env';
import { AppError } from './errors';
import { classifyHost, type Host } from './hosts';

/**
 * The client's address as the trusted proxies saw it: the nth entry from the right of X-Forwarded-For.
 * Null without a configured proxy, because then anybody could have written the header.
 */
export function clientAddress(forwardedFor: string | null, trustedHops: number): string | null {
  if (trustedHops === 0) return null;
  const entries = (forwardedFor ?? '').split(',').map((entry) => entry.trim());
  return entries.at(-trustedHops) || null;
}

/** The exact origin a request must come from, given the host it was sent to. */
export function ownOrigin(host: string | null, appUrl: string): string {
  return `${new URL(appUrl).protocol}//${host?.toLowerCase()}`;
}

/** What the adapters and gates need of the current request's headers. */
export type RequestFacts = {
  host: Host;
  hostHeader: string | null;
  origin: string | null;
  ownOrigin: string;
  address: string | null;
  userAgent: string | null;
  requestId: string;
};

/** Reads the facts of the current request inside a page, an action or a route handler. */
export async function requestFacts(): Promise<RequestFacts> {
  const list = await headers();
  const { APP_URL, TRUSTED_PROXY_HOPS } = env();
  const hostHeader = list.get('host');
  return {
    host: classifyHost(hostHeader, APP_URL),
    hostHeader,
    origin: list.get('origin'),
    ownOrigin: ownOrigin(hostHeader, APP_URL),
    address: clientAddress(list.get('x-forwarded-for'), TRUSTED_PROXY_HOPS),
    userAgent: list.get('user-agent'),
    requestId: list.get('x-request-id') ?? 'none',
  };
}

/**
 * Refuses a mutation that does not come from this very origin (OWASP CSRF cheat sheet); a missing Origin counts as foreign.
 * @throws {AppError} bad_origin
 */
export function assertSameOrigin(facts: RequestFacts): void {
  if (facts.host.kind === 'unknown' || facts.origin !== facts.ownOrigin) throw new AppError('bad_origin');
}
