import 'server-only';
import { requireClinic } from './gate';
import { findSecondFactor, listOwnClinics, listSessions, type OpenSession, type OwnClinic } from './queries';
import type { SecondFactor, WorkingFacts } from './schema';

/** The caller, where they are signed in at the clinic, and their second factor. */
export async function loadAccount(): Promise<{ facts: WorkingFacts; sessions: OpenSession[]; secondFactor: SecondFactor }> {
  const scope = await requireClinic();
  const [sessions, secondFactor] = await Promise.all([listSessions(scope), findSecondFactor(scope.db)]);
  return { facts: scope.facts, sessions, secondFactor };
}

/** The caller's clinics. */
export async function loadOwnClinics(): Promise<OwnClinic[]> {
  return listOwnClinics(await requireClinic());
}
