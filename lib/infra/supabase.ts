import { type CookieOptions, createServerClient } from '@supabase/ssr';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { cookies } from 'next/headers';
import { authFetch } from './auth-fetch';
import type { Database } from './database.types';
import { env } from './env';
import { AppError, fromDatabase } from './errors';
import { requestFacts } from './request';

export type Db = SupabaseClient<Database>;

/** The session cookie: host-only, unreadable by scripts, `__Host-` wherever the scheme is https. */
export function sessionCookie(appUrl: string): CookieOptions & { name: string } {
  const secure = appUrl.startsWith('https:');
  return { name: secure ? '__Host-session' : 'session', httpOnly: true, sameSite: 'lax', path: '/', secure };
}

/** A client that acts as the person whose cookie the request carries; anonymous without one. */
export async function sessionClient(): Promise<Db> {
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, APP_URL } = env();
  const store = await cookies();
  const { requestId, address } = await requestFacts();
  return createServerClient<Database>(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
    cookieOptions: sessionCookie(APP_URL),
    global: { fetch: authFetch(address), headers: { 'x-request-id': requestId, ...(address && { 'x-client-address': address }) } },
    cookies: {
      getAll: () => store.getAll(),
      setAll: (list) => {
        try {
          for (const { name, value, options } of list) store.set(name, value, options);
        } catch {
          // Pages cannot write cookies; middleware has refreshed them already.
        }
      },
    },
  });
}

/**
 * A client without any session, for proving a password or making an account without touching cookies.
 * @param address the client's address, told to Auth; null where Auth is not asked for a person
 */
export function statelessClient(address: string | null = null): Db {
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = env();
  return createClient<Database>(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch: authFetch(address) },
  });
}

/** A client that acts as a person by an access token, for as long as that lasts; it renews nothing, so that no cookie grows stale. */
export function bearerClient(accessToken: string): Db {
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = env();
  return createClient<Database>(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
    accessToken: async () => accessToken,
    global: { fetch: authFetch(null) },
  });
}

/**
 * The data of an answer of the data API.
 * @throws {AppError} translated from its SQLSTATE, so that a failed statement is never taken for an empty one
 */
export function unwrap<T>(
  answer: { data: T; error: null } | { data: unknown; error: { code: string; message: string; details: string | null } },
): T {
  if (answer.error) throw fromDatabase(answer.error);
  return answer.data as T;
}

/**
 * Turns a failure of Auth that says nothing about the person into `unavailable` or `rate_limited`.
 * @throws {AppError}
 */
export function assertAuthReachable(error: { status?: number } | null): void {
  if (error?.status === 429) throw new AppError('rate_limited');
  if (error && (error.status === undefined || error.status === 0 || error.status >= 500)) {
    throw new AppError('unavailable', { cause: error });
  }
}
