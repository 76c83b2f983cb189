import { boundedFetch } from './bounded-fetch';
import { env } from './env';

/**
 * A fetch for Supabase that tells Auth whose request it passes on, so that Auth's limits count each client and not this server.
 * Auth believes the header from a holder of the secret key alone; what the key opens beyond that (`/admin`) is left out.
 * @param address the client's address as the trusted proxies saw it; null leaves every request as it is
 * @see https://supabase.com/docs/guides/auth/rate-limits#ip-address-forwarding
 */
export function authFetch(address: string | null): typeof boundedFetch {
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY } = env();
  if (address === null) return boundedFetch;
  return (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const path = url.startsWith(SUPABASE_URL) ? url.slice(SUPABASE_URL.length) : '';
    if (!path.startsWith('/auth/v1/') || path.startsWith('/auth/v1/admin')) return boundedFetch(input, init);
    const headers = new Headers(init?.headers);
    headers.set('apikey', SUPABASE_SECRET_KEY);
    // Supabase wants a key that stands in both headers to be the same in both.
    if (headers.get('authorization') === `Bearer ${SUPABASE_PUBLISHABLE_KEY}`)
      headers.set('authorization', `Bearer ${SUPABASE_SECRET_KEY}`);
    headers.set('sb-forwarded-for', address.replace(/\/64$/, ''));
    return boundedFetch(input, { ...init, headers });
  };
}
