import 'server-only';
import type { Scope } from '@/lib/access/gate';
import { AppError } from '@/lib/infra/errors';
import { unwrap } from '@/lib/infra/supabase';
import { hasPatient } from './queries';
import type { PatientInput } from './schema';

/** Names the one unique field, so that the form can mark it. */
function explainTaken(error: unknown): never {
  if (error instanceof AppError && error.code === 'taken') {
    const message = 'Another patient of this clinic has this external id.';
    throw new AppError('taken', { message, fields: { external_id: message } });
  }
  throw error;
}

/**
 * Adds a patient to the clinic and answers the new id.
 * @throws {AppError} forbidden, quota_exceeded, taken
 */
export async function createPatient(scope: Scope, input: PatientInput): Promise<string> {
  try {
    const { id } = unwrap(
      await scope.db
        .from('patients')
        .insert({ ...input, tenant_id: scope.tenantId })
        .select('id')
        .single(),
    ) as { id: string };
    return id;
  } catch (error) {
    return explainTaken(error);
  }
}

/**
 * Changes a patient, if nobody else has since the given version.
 * @throws {AppError} not_found, stale, forbidden, taken, quota_exceeded
 */
export async function updatePatient(
  scope: Scope,
  id: string,
  version: number,
  change: PatientInput | { archived_at: string | null },
): Promise<void> {
  try {
    const changed = unwrap(
      await scope.db.from('patients').update(change).eq('tenant_id', scope.tenantId).eq('id', id).eq('version', version).select('id'),
    ) as { id: string }[];
    if (changed.length === 1) return;
  } catch (error) {
    explainTaken(error);
  }
  // No row: the policy hides it, it does not exist, or its version moved on.
  if (!(await hasPatient(scope, id))) throw new AppError('not_found');
  throw new AppError(scope.facts.permissions.includes('patients.update') ? 'stale' : 'forbidden');
}
