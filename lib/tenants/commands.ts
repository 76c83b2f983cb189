import 'server-only';
import { z } from 'zod';
import { throttleSignIn } from '@/lib/access/throttle';
import { env } from '@/lib/infra/env';
import { AppError, errorCodes } from '@/lib/infra/errors';
import { subdomainOrigin } from '@/lib/infra/hosts';
import { hashToken, keyedHash, randomToken, seal } from '@/lib/infra/secrets';
import { assertAuthReachable, type Db, statelessClient, unwrap } from '@/lib/infra/supabase';
import { serviceClient } from '@/lib/infra/supabase-service';
import { agreements } from '@/lib/legal/documents';
import type { SignUp } from './schema';
import { type SubdomainStatus, subdomainProblem, subdomainStatuses } from './subdomain';

/** Where a sign-up ended: the new clinic's id and the address that takes its owner in. */
export type Provisioned = { tenantId: string; redirectUrl: string };

const reservationSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('reserved'), reservation_id: z.uuid() }),
  z.object({ status: z.literal('replay'), tenant_id: z.uuid() }),
  z.object({ status: z.enum(['in_flight', 'malformed', 'reserved_name', 'taken']) }),
]);

function taken(status: SubdomainStatus): AppError {
  const message = subdomainProblem(status) ?? 'This name cannot be had.';
  return new AppError(status === 'malformed' ? 'invalid_input' : 'taken', { message, fields: { subdomain: message } });
}

/** What Auth refuses in a new account, apart from an address that has one. */
function refusal(error: { code?: string; status?: number }): AppError {
  const message = 'This password was refused. Choose another.';
  if (error.code === 'weak_password') return new AppError('invalid_input', { fields: { adminPassword: message } });
  return new AppError('unavailable', { cause: error });
}

/** Makes the Auth account of a new owner; an address that has one must prove its password. Answers a fresh, unbound session. */
async function openAccount(input: SignUp, address: string | null) {
  const credentials = { email: input.adminEmail, password: input.adminPassword };
  const auth = statelessClient(address).auth;
  const created = await auth.signUp(credentials);
  if (created.error?.status === 429) throw new AppError('rate_limited');
  if (created.data.session && created.data.user) return { userId: created.data.user.id, refreshToken: created.data.session.refresh_token };
  await throttleSignIn(input.adminEmail, address);
  const proven = await auth.signInWithPassword(credentials);
  assertAuthReachable(proven.error);
  if (proven.data.session) return { userId: proven.data.user.id, refreshToken: proven.data.session.refresh_token };
  if (created.error && created.error.code !== 'user_already_exists') throw refusal(created.error);
  throw new AppError('bad_credentials', { fields: { adminPassword: errorCodes.bad_credentials.message } });
}

/**
 * Provisions a clinic: reserves the name, opens the account, then one SQL function does everything else in one transaction.
 * A crash at any point leaves a whole clinic or remains that the sweep job removes.
 * @param address the client's address as the trusted proxies saw it
 * @param idempotencyKey repeats of the same key, name and e-mail answer the same clinic for 24 hours
 * @throws {AppError} taken, invalid_input, in_flight, bad_credentials, rate_limited, unavailable
 */
export async function provisionTenant(input: SignUp, address: string | null, idempotencyKey: string | null): Promise<Provisioned> {
  const service: Db = serviceClient();
  const reservation = reservationSchema.parse(
    unwrap(
      await service.rpc('reserve_subdomain', {
        p_slug: input.subdomain,
        p_email: input.adminEmail,
        p_idempotency_key_hash: idempotencyKey ? keyedHash('idempotency', idempotencyKey) : undefined,
      }),
    ),
  );
  const origin = subdomainOrigin(input.subdomain, env().APP_URL);
  if (reservation.status === 'replay') return { tenantId: reservation.tenant_id, redirectUrl: `${origin}/login` };
  if (reservation.status === 'in_flight') throw new AppError('in_flight');
  if (reservation.status !== 'reserved') throw taken(reservation.status === 'reserved_name' ? 'reserved' : reservation.status);

  try {
    const account = await openAccount(input, address);
    const code = randomToken();
    const tenantId = unwrap(
      await service.rpc('provision_tenant', {
        p_reservation: reservation.reservation_id,
        p_user: account.userId,
        p_name: input.companyName,
        p_admin_name: input.adminName,
        p_time_zone: input.timeZone,
        p_agreements: JSON.stringify(agreements),
        p_handoff_hash: hashToken(code),
        p_handoff_payload: seal('hand-off', account.refreshToken),
      }),
    );
    // The code travels in the fragment, which no server and no log ever sees.
    return { tenantId, redirectUrl: `${origin}/handoff#${code}` };
  } catch (error) {
    // Where Auth did not answer, an account may still come into being: the sweep job, a minute later, finds it.
    if (error instanceof AppError && error.code === 'unavailable') throw error;
    await service.rpc('abandon_signup', { p_reservation: reservation.reservation_id });
    throw error;
  }
}

/** Whether a subdomain can be had. */
export async function subdomainStatus(subdomain: string): Promise<SubdomainStatus> {
  return z.enum(subdomainStatuses).parse(unwrap(await statelessClient().rpc('subdomain_status', { p_slug: subdomain })));
}

/** Asks for a mail with the clinics of an address; nobody learns whether it has any. */
export async function requestClinicList(email: string): Promise<void> {
  unwrap(await serviceClient().rpc('request_clinic_list', { p_email: email }));
}
