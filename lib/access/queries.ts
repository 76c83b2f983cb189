import 'server-only';
import { z } from 'zod';
import { type Db, unwrap } from '@/lib/infra/supabase';
import { deviceName } from './device';
import type { Scope } from './gate';
import { type SecondFactor, type SessionState, secondFactor, sessionState } from './schema';

const sessionRow = z.object({
  id: z.uuid(),
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  first_seen_at: z.string(),
  last_seen_at: z.string(),
  current: z.boolean(),
});

/** Open sessions at a clinic, as the database answers them, with the device's name instead of its agent. */
export const openSessions = z.array(
  sessionRow.transform(({ user_agent, ...row }) => ({ ...row, ip: row.ip || null, device: deviceName(user_agent) })),
);
export type OpenSession = z.infer<typeof openSessions>[number];

/** The caller's open sessions at the clinic, the one in use first. */
export async function listSessions(scope: Scope): Promise<OpenSession[]> {
  return openSessions.parse(unwrap(await scope.db.rpc('list_sessions')));
}

/** Seconds until the caller's session runs out, or null when it has; asking is no activity. */
export async function findSessionState(db: Db): Promise<SessionState | null> {
  return sessionState.nullable().parse(unwrap(await db.rpc('session_state')));
}

/** The caller's second factor, or null. */
export async function findSecondFactor(db: Db): Promise<SecondFactor> {
  return secondFactor.parse(unwrap(await db.rpc('find_second_factor')));
}

const clinicList = z.array(z.object({ slug: z.string(), name: z.string(), role: z.string(), current: z.boolean() }));
/** A clinic that the caller may work at. */
export type OwnClinic = z.infer<typeof clinicList>[number];

/** The caller's clinics, by name. */
export async function listOwnClinics(scope: Scope): Promise<OwnClinic[]> {
  return clinicList.parse(unwrap(await scope.db.rpc('list_own_clinics')));
}
