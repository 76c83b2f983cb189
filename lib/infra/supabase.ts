import { type CookieOptions, combineChunks, createServerClient, stringFromBase64URL } from '@supabase/ssr';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { cookies } from 'next/headers';
import { z } from 'zod';
import { authFetch } from './auth-fetch';
import { boundedFetch } from './bounded-fetch';
import type { Database } from './database.types';
import { env } from './env';
import { AppError, fromDatabase } from './errors';
import { requestFacts } from './request';

/** Reads and writes data; row-level security decides which, by whose token it carries. */
export type Db = Pick<SupabaseClient<Database>, 'from' | 'rpc'>;
/** A client that speaks to Auth as well. */
export type AuthDb = SupabaseClient<Database>;

/** The session cookie: host-only, unreadable by scripts, `__Host-` wherever the scheme is https. */
export function sessionCookie(appUrl: string): CookieOptions & { name: string } {
  const secure = appUrl.startsWith('https:');
  return { name: secure ? '__Host-session' : 'session', httpOnly: true, sameSite: 'lax', path: '/', secure };
}

const heldSchema = z.object({ access_token: z.string(), expires_at: z.number() });

/**
 * The session in a request's cookie, as @supabase/ssr keeps it there: its access token, and how many seconds that is said to last.
 * Null without one, and for one that cannot be read. Nothing of it is proven: the data API does that.
 */
export async function heldSession(
  appUrl: string,
  read: (name: string) => string | undefined,
): Promise<{ accessToken: string; secondsLeft: number } | null> {
  const text = await combineChunks(sessionCookie(appUrl).name, read);
  if (!text?.startsWith('base64-')) return null;
  try {
    const held = heldSchema.parse(JSON.parse(stringFromBase64URL(text.slice('base64-'.length))));
    return { accessToken: held.access_token, secondsLeft: held.expires_at - Date.now() / 1000 };
  } catch {
    return null;
  }
}

/** What every client of a request tells the data API: whose request it is, for the log. */
async function requestOptions(): Promise<{ fetch: typeof fetch; headers: Record<string, string> }> {
  const { requestId, address } = await requestFacts();
  return { fetch: authFetch(address), headers: { 'x-request-id': requestId, ...(address && { 'x-client-address': address }) } };
}

/** The access token of the person whose cookie the request carries; null without one that lasts. Middleware has renewed it. */
export async function currentToken(): Promise<string | null> {
  const store = await cookies();
  const held = await heldSession(env().APP_URL, (name) => store.get(name)?.value);
  return held && held.secondsLeft > 0 ? held.accessToken : null;
}

/** A client that acts as the person whose cookie the request carries; anonymous without one. It never speaks to Auth. */
export async function dataClient(): Promise<Db> {
  const token = await currentToken();
  return tokenClient(token, await requestOptions());
}

function tokenClient(token: string | null, global: { fetch: typeof fetch; headers?: Record<string, string> }): Db {
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = env();
  return createClient<Database>(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, { accessToken: async () => token, global });
}

/** The same for what Auth does for that person; what it answers goes into the cookie. */
export async function sessionClient(): Promise<AuthDb> {
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, APP_URL } = env();
  const store = await cookies();
  return createServerClient<Database>(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
    cookieOptions: sessionCookie(APP_URL),
    global: await requestOptions(),
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
export function statelessClient(address: string | null = null): AuthDb {
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = env();
  return createClient<Database>(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch: authFetch(address) },
  });
}

/** A client that acts as a person by an access token, for as long as that lasts: beyond the request whose cookie it came with. */
export function bearerClient(accessToken: string): Db {
  return tokenClient(accessToken, { fetch: boundedFetch });
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
