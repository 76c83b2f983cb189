import 'server-only';
import { requireClinic } from './gate';
import { listOwnClinics, listSessions, type OpenSession, type OwnClinic } from './queries';
import type { ClinicFacts } from './schema';

/** The caller and where they are signed in at the clinic. */
export async function loadSessions(): Promise<{ facts: ClinicFacts; sessions: OpenSession[] }> {
  const scope = await requireClinic();
  return { facts: scope.facts, sessions: await listSessions(scope) };
}

/** The caller's clinics. */
export async function loadOwnClinics(): Promise<OwnClinic[]> {
  return listOwnClinics(await requireClinic());
}
