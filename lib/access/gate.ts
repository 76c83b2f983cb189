import 'server-only';
import { forbidden, notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import { slugOfDomain } from '@/lib/infra/custom-domains';
import { AppError } from '@/lib/infra/errors';
import type { PermissionKey } from '@/lib/infra/permission.types';
import { recordRefusal } from '@/lib/infra/refusals';
import { requestFacts } from '@/lib/infra/request';
import { type AuthDb, type Db, dataClient, sessionClient, unwrap } from '@/lib/infra/supabase';
import { type ClinicFacts, type ClinicName, type GateAnswer, gateSchema, type Hold, secondFactor, type WorkingFacts } from './schema';

/** A client that acts as whoever asks, whoever that is: the database looks at each statement itself. */
export type Caller = { db: Db };
/** What every core function takes first: the caller, past the gate of their clinic, and who it is. */
export type Scope = Caller & { tenantId: string; facts: WorkingFacts };

/** The slug of the clinic whose verified address the request was sent to; the page for unknown addresses otherwise. */
export const currentSlug = cache(async (): Promise<string> => {
  const { host } = await requestFacts();
  const slug = host.kind === 'clinic' ? host.slug : host.kind === 'custom' ? await slugOfDomain(host.name) : null;
  return slug ?? notFound();
});

const callerClient = cache(dataClient);

const ask = cache(async (): Promise<{ db: Db; answer: GateAnswer }> => {
  const slug = await currentSlug();
  const db = await callerClient();
  return { db, answer: gateSchema.parse(unwrap(await db.rpc('gate', { p_slug: slug }))) };
});

/**
 * Asks a gate and, beside it, what the page behind it reads first. What was read, or that it could not be, is looked at only for who
 * passes the gate. For reads alone: what writes waits for the gate's answer.
 */
export async function beside<Passed, Found>(gate: Promise<Passed>, read: (caller: Caller) => Promise<Found>): Promise<[Passed, Found]> {
  const reading = callerClient().then((db) => read({ db }));
  // Whoever the gate refuses hears its answer, and of no other failure.
  reading.catch(() => undefined);
  return [await gate, await reading];
}

function scopeOf(db: Db, answer: WorkingFacts): Scope {
  return { db, tenantId: answer.clinic.id, facts: answer };
}

/** The sign-in page, which says why a session has ended. */
function loginAddress(answer: GateAnswer): string {
  return answer.status === 'signed_out' && answer.ended ? `/login?ended=${answer.ended}` : '/login';
}

/** The gate of the clinic area, for pages: the caller's scope, or the page that says why not. One request, however often asked. */
export async function requireClinic(): Promise<Scope> {
  const { db, answer } = await ask();
  if (answer.status === 'ok') return scopeOf(db, answer);
  if (answer.status === 'unknown') notFound();
  if (answer.status === 'cancelled') redirect('/closed');
  if (answer.status === 'on_hold') redirect('/on-hold');
  if (answer.status === 'second_factor') redirect('/second-factor');
  redirect(loginAddress(answer));
}

/** The gate of a page that needs a permission: without it a 403, which the clinic's log notes. */
export async function requirePermission(permission: PermissionKey): Promise<Scope> {
  const scope = await requireClinic();
  if (scope.facts.permissions.includes(permission)) return scope;
  const facts = await requestFacts();
  if (!facts.isCrossSite) await recordRefusal('pages.opened', permission, facts);
  forbidden();
}

/** The 404 of a record that the clinic does not have, which its log notes; not for links of other sites, which could frame somebody. */
export async function missingRecord(action: string, id: string): Promise<never> {
  const facts = await requestFacts();
  if (!facts.isCrossSite) await recordRefusal(action, 'not_found', facts, { id });
  notFound();
}

/**
 * The gate of the clinic area for actions and routes, which must not lose what was typed.
 * @param permission what is asked for needs: rows that a policy hides would look like none. The database asks again at each statement.
 * @throws {AppError} signed_out, forbidden without the permission or under a hold, or not_found on an address without a clinic
 */
export async function authorizeClinic(permission?: PermissionKey): Promise<Scope> {
  const { db, answer } = await ask();
  if (answer.status === 'ok') {
    if (permission && !answer.permissions.includes(permission)) throw new AppError('forbidden');
    return scopeOf(db, answer);
  }
  if (answer.status === 'on_hold') throw new AppError('forbidden', { message: 'This clinic is on hold. Reload the page to see why.' });
  if (answer.status === 'second_factor')
    throw new AppError('forbidden', {
      message: 'Your second factor is asked for now. Open the clinic in another tab, enter or set it up there, then repeat this.',
    });
  throw new AppError(answer.status === 'unknown' || answer.status === 'cancelled' ? 'not_found' : 'signed_out');
}

/** The gate of the signed-out area: the clinic's name; who is signed in already goes to the dashboard. */
export async function requireSignedOut(): Promise<ClinicName> {
  const { answer } = await ask();
  if (answer.status === 'on_hold') redirect('/on-hold');
  if (answer.status === 'second_factor') redirect('/second-factor');
  const clinic = await visitClinic();
  if (clinic.signedIn) redirect('/');
  return clinic;
}

/** The clinic of this address for pages that anybody may open, signed in or not. */
export async function visitClinic(): Promise<ClinicName & { signedIn: boolean }> {
  const { answer } = await ask();
  if (answer.status === 'unknown') notFound();
  if (answer.status === 'cancelled') redirect('/closed');
  return { ...answer.clinic, signedIn: answer.status === 'ok' };
}

/** The gate of the page that explains a hold: only who runs the clinic's account passes. */
export async function requireHold(): Promise<{ facts: ClinicFacts; holds: Hold[] }> {
  const { answer } = await ask();
  if (answer.status === 'ok') redirect('/');
  if (answer.status === 'second_factor') redirect('/second-factor');
  if (answer.status !== 'on_hold') redirect(loginAddress(answer));
  return { facts: answer, holds: answer.holds };
}

/** The gate of the plan's page, which a hold leaves open to those who run the account. `working` is null under a hold. */
export async function requireBilling(): Promise<{ facts: ClinicFacts; working: WorkingFacts | null }> {
  const { answer } = await ask();
  if (answer.status === 'on_hold') return { facts: answer, working: null };
  const { facts } = await requirePermission('billing.read');
  return { facts, working: facts };
}

/**
 * The gate of what a hold leaves open to those who run the account; the database decides what that is.
 * @throws {AppError} signed_out, or not_found on an address without a clinic
 */
export async function authorizeUnderHold(): Promise<Db> {
  const { db, answer } = await ask();
  return answer.status === 'on_hold' ? db : (await authorizeClinic()).db;
}

/**
 * The gate of acts about the plan, which a hold leaves open to those who run the account.
 * @throws {AppError} signed_out, forbidden without the permission, or not_found on an address without a clinic
 */
export async function authorizeBilling(permission: Extract<PermissionKey, `billing.${string}`>): Promise<Db> {
  const { db, answer } = await ask();
  const facts = answer.status === 'on_hold' ? answer : (await authorizeClinic()).facts;
  if (!facts.permissions.includes(permission)) throw new AppError('forbidden');
  return db;
}

/** Who proves or sets up a second factor: at that step of signing in, or past it. `factorId` is null without one. */
export type Person = { db: AuthDb; slug: string; email: string; factorId: string | null; atSignIn: boolean };

/**
 * The gate of what a person does with their second factor, at its own step of signing in, at work, or under a hold.
 * @throws {AppError} signed_out, or not_found on an address without a clinic
 */
export async function authorizePerson(): Promise<Person> {
  const { answer } = await ask();
  const slug = await currentSlug();
  const db = await sessionClient();
  if (answer.status === 'second_factor') return { db, slug, email: answer.email, factorId: answer.factor_id, atSignIn: true };
  const { email } = answer.status === 'on_hold' ? answer.user : (await authorizeClinic()).facts.user;
  const found = secondFactor.parse(unwrap(await db.rpc('find_second_factor')));
  return { db, slug, email, factorId: found?.factor_id ?? null, atSignIn: false };
}

/** The gate of the second step of signing in; whoever is past it, or not there yet, goes where they belong. */
export async function requireSecondFactorStep(): Promise<{ clinic: ClinicName; email: string; hasFactor: boolean }> {
  const { answer } = await ask();
  if (answer.status === 'second_factor') return { clinic: answer.clinic, email: answer.email, hasFactor: answer.factor_id !== null };
  await requireClinic();
  redirect('/');
}

/** The colour of the clinic of this address, for whoever looks; null without one. */
export async function brandColor(): Promise<string | null> {
  const { answer } = await ask();
  return 'clinic' in answer ? answer.clinic.brand_color : null;
}

/** Whether the clinic of this address has closed its account. */
export async function isClosed(): Promise<boolean> {
  const { answer } = await ask();
  if (answer.status === 'unknown') notFound();
  return answer.status === 'cancelled';
}
