import 'server-only';
import { notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import { AppError } from '@/lib/infra/errors';
import { requestFacts } from '@/lib/infra/request';
import { type Db, dataClient, unwrap } from '@/lib/infra/supabase';
import { gateSchema } from './schema';

/** What every function of the platform takes first: a client that acts as the administrator, and who it is. */
export type PlatformScope = { db: Db; email: string };

/** Whether the request was sent to the platform's own host, whichever way it came. */
const onPlatformHost = cache(async () => (await requestFacts()).host.kind === 'admin');

const ask = cache(async () => {
  const db = await dataClient();
  return { db, answer: gateSchema.parse(unwrap(await db.rpc('platform_gate'))) };
});

/** The gate of the platform's pages: the administrator's scope, or the page that is missing to it. */
export async function requirePlatform(): Promise<PlatformScope> {
  if (!(await onPlatformHost())) notFound();
  const { db, answer } = await ask();
  if (answer.status === 'ok') return { db, email: answer.email };
  if (answer.status === 'second_factor') redirect('/second-factor');
  redirect(answer.run_out ? '/login?ended=time' : '/login');
}

/**
 * The gate of the platform's actions, which must not lose what was typed.
 * @throws {AppError} signed_out, or not_found on another host
 */
export async function authorizePlatform(): Promise<PlatformScope> {
  await assertPlatformHost();
  const { db, answer } = await ask();
  if (answer.status !== 'ok') throw new AppError('signed_out');
  return { db, email: answer.email };
}

/**
 * The gate of the actions that lead into the platform.
 * @throws {AppError} not_found on another host
 */
export async function assertPlatformHost(): Promise<void> {
  if (!(await onPlatformHost())) throw new AppError('not_found');
}

/** The gate of the signed-out pages; who is further already goes on. */
export async function requirePlatformEntrance(step: 'password' | 'second_factor' | 'link'): Promise<void> {
  if (!(await onPlatformHost())) notFound();
  if (step === 'link') return;
  const { answer } = await ask();
  if (answer.status === 'ok') redirect('/');
  if (step === 'password' && answer.status === 'second_factor') redirect('/second-factor');
  if (step === 'second_factor' && answer.status === 'signed_out') redirect('/login');
}
