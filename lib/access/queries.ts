import 'server-only';
import { z } from 'zod';
import { type Db, unwrap } from '@/lib/infra/supabase';
import { deviceName } from './device';
import type { Scope } from './gate';
import { type SessionState, sessionState } from './schema';

const sessionRow = z.object({
  id: z.uuid(),
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  first_seen_at: z.string(),
  last_seen_at: z.string(),
  current: z.boolean(),
});

/** One of the caller's open sessions at the clinic. */
export type OpenSession = Omit<z.infer<typeof sessionRow>, 'user_agent'> & { device: string };

/** The caller's open sessions at the clinic, the one in use first. */
export async function listSessions(scope: Scope): Promise<OpenSession[]> {
  return z
    .array(sessionRow)
    .parse(unwrap(await scope.db.rpc('list_sessions')))
    .map(({ user_agent, ...row }) => ({ ...row, ip: row.ip || null, device: deviceName(user_agent) }));
}

/** Seconds until the caller's session runs out, or null when it has; asking is no activity. */
export async function findSessionState(db: Db): Promise<SessionState | null> {
  return sessionState.nullable().parse(unwrap(await db.rpc('session_state')));
}
