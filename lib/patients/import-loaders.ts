import 'server-only';
import { z } from 'zod';
import { missingRecord, requirePermission } from '@/lib/access/gate';
import type { ClinicFacts } from '@/lib/access/schema';
import { findImport, listImportProblems, listImports, type PatientImport } from './import-queries';
import type { ImportProblem } from './import-schema';

/** The page that starts an import, with the latest ones. */
export async function loadImports(): Promise<{ facts: ClinicFacts; imports: PatientImport[] }> {
  const scope = await requirePermission('patients.import');
  return { facts: scope.facts, imports: await listImports(scope) };
}

/** An import with its first refused lines; the same 404 for another clinic's id, an unknown one and no id at all. */
export async function loadImport(id: string): Promise<{ facts: ClinicFacts; found: PatientImport; problems: ImportProblem[] }> {
  const scope = await requirePermission('patients.import');
  const found = z.uuid().safeParse(id).success ? await findImport(scope.db, id) : null;
  if (!found) return missingRecord('patient_imports.opened', id);
  return { facts: scope.facts, found, problems: found.rows_refused > 0 ? await listImportProblems(scope, id, 0, 50) : [] };
}
