import 'server-only';
import type { Scope } from '@/lib/access/gate';
import { unwrap } from '@/lib/infra/supabase';
import type { ImportRows, ImportStart } from './import-schema';

/**
 * Opens an import and answers its id.
 * @throws {AppError} forbidden, not_in_plan
 */
export async function startImport(scope: Scope, { fileName, fields, dateOrder }: ImportStart): Promise<string> {
  return unwrap(await scope.db.rpc('start_patient_import', { p_file_name: fileName, p_fields: fields, p_date_order: dateOrder }));
}

/**
 * Stages rows; sending the same lines again changes nothing. Answers how many rows are staged by now.
 * @throws {AppError} not_found when the upload is over, or another person's
 */
export async function stageRows(scope: Scope, { importId, rows }: ImportRows): Promise<number> {
  return unwrap(await scope.db.rpc('stage_patient_rows', { p_import: importId, p_rows: JSON.stringify(rows) }));
}

/** Hands the staged rows to the job that checks them. @throws {AppError} not_found */
export async function checkImport(scope: Scope, importId: string): Promise<void> {
  unwrap(await scope.db.rpc('check_patient_import', { p_import: importId }));
}

/** Imports all valid rows, or discards the import. @throws {AppError} not_found when there is nothing to decide */
export async function decideImport(scope: Scope, importId: string, accept: boolean): Promise<void> {
  unwrap(await scope.db.rpc('decide_patient_import', { p_import: importId, p_accept: accept }));
}
