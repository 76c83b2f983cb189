import 'server-only';
import { notFound } from 'next/navigation';
import { requestFacts } from '@/lib/infra/request';

/** The gate of the sign-up area: it exists on the sign-up host only, whichever way the request came. */
export async function requireSignUpHost(): Promise<void> {
  const { host } = await requestFacts();
  if (host.kind !== 'signup') notFound();
}
