import { isIP } from 'node:net';
import { headers } from 'next/headers';
import { env } from './env';
import { AppError } from './errors';
import { classifyHost, type Host } from './hosts';

/** One bucket for a client: an IPv4 address without its port, or the /64 of an IPv6 address, which one client owns whole. */
function normaliseAddress(entry: string): string | null {
  const bare = entry.replace(/^\[([^\]]*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  if (isIP(bare) === 4) return bare;
  if (isIP(bare) !== 6) return null;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  if (mapped?.[1]) return mapped[1];
  const [head = '', tail = ''] = bare.split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = tail.split(':').filter(Boolean);
  const full = bare.includes('::') ? [...groups, ...Array(8 - groups.length - rest.length).fill('0'), ...rest] : groups;
  return `${full
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

/**
 * The client's address as the trusted proxies saw it: the nth entry from the right of X-Forwarded-For.
 * Null without a configured proxy, because then anybody could have written the header.
 */
export function clientAddress(forwardedFor: string | null, trustedHops: number): string | null {
  if (trustedHops === 0) return null;
  const entries = (forwardedFor ?? '').split(',').map((entry) => entry.trim());
  return normaliseAddress(entries.at(-trustedHops) ?? '');
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
  /** Whether another site made the browser ask (Fetch Metadata). */
  isCrossSite: boolean;
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
    isCrossSite: list.get('sec-fetch-site') === 'cross-site',
  };
}

/**
 * Refuses a mutation that does not come from this very origin (OWASP CSRF cheat sheet); a missing Origin counts as foreign.
 * @throws {AppError} bad_origin
 */
export function assertSameOrigin(facts: RequestFacts): void {
  if (facts.host.kind === 'unknown' || facts.origin !== facts.ownOrigin) throw new AppError('bad_origin');
}

/**
 * Reads a body as the bytes that were sent.
 * @param limit in bytes; more is not read
 * @throws {AppError} too_large
 */
export async function readBody(request: Request, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    size += part.value.byteLength;
    if (size > limit) {
      await reader?.cancel();
      throw new AppError('too_large');
    }
    chunks.push(part.value);
  }
  return Buffer.concat(chunks);
}
