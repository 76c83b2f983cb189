import { createServerClient } from '@supabase/ssr';
import { type NextRequest, NextResponse } from 'next/server';
import { embeddingPage, paymentPage } from '@/lib/billing/payment-page';
import { authFetch } from '@/lib/infra/auth-fetch';
import { contentSecurityPolicy } from '@/lib/infra/content-security-policy';
import { slugOfDomain } from '@/lib/infra/custom-domains';
import { env } from '@/lib/infra/env';
import { classifyHost, routeRequest } from '@/lib/infra/hosts';
import { clientAddress } from '@/lib/infra/request';
import { heldSession, sessionCookie } from '@/lib/infra/supabase';

/** In seconds: longer than any page takes, and more than Auth's client itself would wait. */
const shortest = 120;
/** Whether the request carries a session that runs out soon, or one that cannot be read. */
async function needsRenewal(request: NextRequest, appUrl: string): Promise<boolean> {
  if (!request.cookies.getAll().some(({ name }) => name.startsWith(sessionCookie(appUrl).name))) return false;
  const held = await heldSession(appUrl, (name) => request.cookies.get(name)?.value);
  return held === null || held.secondsLeft < shortest;
}

// Everything but built assets and the files of public/ comes through here.
export const config = { runtime: 'nodejs', matcher: ['/((?!_next/static/|_next/image|product/|favicon.ico|icon.svg).*)'] };
/** Maps the host to its part of the app and refreshes the session cookie. It routes; it never authorizes. */
export async function middleware(request: NextRequest): Promise<NextResponse> {
  const { APP_URL, SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, TRUSTED_PROXY_HOPS } = env();
  const host = classifyHost(request.headers.get('host'), APP_URL);
  const path = request.nextUrl.pathname;
  const slug = host.kind === 'custom' && path !== '/api/health' ? await slugOfDomain(host.name) : null;
  const route = routeRequest(host, path, slug);
  const fresh: { name: string; value: string; options: object }[] = [];
  let cacheHeaders: Record<string, string> = {};
  const session = sessionCookie(APP_URL);
  if (route.to !== 'not_found' && (await needsRenewal(request, APP_URL))) {
    const client = createServerClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, {
      cookieOptions: session,
      global: { fetch: authFetch(clientAddress(request.headers.get('x-forwarded-for'), TRUSTED_PROXY_HOPS)) },
      cookies: {
        getAll: () => request.cookies.getAll(),
        setAll: (list, headers) => {
          for (const { name, value, options } of list) {
            request.cookies.set(name, value);
            fresh.push({ name, value, options });
          }
          cacheHeaders = headers;
        },
      },
    });
    await client.auth.getSession();
  }
  // Forwarded headers would let a client choose its host; our own headers are set, never taken over.
  const headers = new Headers(request.headers);
  for (const name of ['x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'forwarded']) headers.delete(name);
  const requestId = crypto.randomUUID();
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64');
  const embedsStripe = path === embeddingPage && (host.kind === 'clinic' || host.kind === 'custom') && paymentPage().kind === 'embedded';
  const policy = contentSecurityPolicy(nonce, APP_URL, embedsStripe);
  headers.set('x-request-id', requestId);
  headers.set('x-nonce', nonce);
  headers.set('content-security-policy', policy);

  const target = request.nextUrl.clone();
  target.pathname = route.to === 'rewrite' ? route.pathname : '/no-such-address';
  const init = { request: { headers } };
  const response = route.to === 'pass' ? NextResponse.next(init) : NextResponse.rewrite(target, init);
  for (const { name, value, options } of fresh) response.cookies.set(name, value, options);
  for (const [name, value] of Object.entries(cacheHeaders)) response.headers.set(name, value);
  response.headers.set('content-security-policy', policy);
  response.headers.set('x-request-id', requestId);
  if (session.secure) response.headers.set('strict-transport-security', 'max-age=63072000; includeSubDomains');
  return response;
}
