import { NextResponse } from 'next/server';
import { env } from '@/lib/infra/env';
import { statelessClient } from '@/lib/infra/supabase';

export const dynamic = 'force-dynamic';

/** Whether the parts that the app needs answer; on every host, and without any detail of an error. */
export async function GET(): Promise<NextResponse> {
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = env();
  const limit = AbortSignal.timeout(3_000);
  const [gateway, database] = await Promise.all([
    fetch(`${SUPABASE_URL}/auth/v1/settings`, { headers: { apikey: SUPABASE_PUBLISHABLE_KEY }, signal: limit, cache: 'no-store' }).then(
      (response) => response.ok,
      () => false,
    ),
    statelessClient()
      .rpc('subdomain_status', { p_slug: 'health' })
      .abortSignal(limit)
      .then(
        ({ error }) => !error,
        () => false,
      ),
  ]);
  const reasons = [...(gateway ? [] : ['gateway']), ...(database ? [] : ['database'])];
  return NextResponse.json(reasons.length === 0 ? { status: 'ok' } : { status: 'unavailable', reasons }, {
    status: reasons.length === 0 ? 200 : 503,
    headers: { 'cache-control': 'no-store' },
  });
}
