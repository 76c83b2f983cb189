import 'server-only';
import { z } from 'zod';
import type { Scope } from '@/lib/access/gate';
import { type Db, unwrap } from '@/lib/infra/supabase';
import { fieldNames } from './import-fields';
import { type ImportProblem, importProblem } from './import-schema';

const columns =
  'id, file_name, fields, status, rows_total, rows_checked, rows_refused, rows_new, rows_known, rows_added, rows_updated, problem, created_at, finished_at';

const importRow = z.object({
  id: z.uuid(),
  file_name: z.string(),
  fields: z.array(z.enum(fieldNames)),
  status: z.enum(['uploading', 'checking', 'checked', 'importing', 'done', 'discarded', 'failed']),
  rows_total: z.number(),
  rows_checked: z.number(),
  rows_refused: z.number(),
  rows_new: z.number(),
  rows_known: z.number(),
  rows_added: z.number(),
  rows_updated: z.number(),
  problem: z.enum(['quota_exceeded', 'internal']).nullable(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
});
export type PatientImport = z.infer<typeof importRow>;

/** The clinic's latest imports, newest first. */
export async function listImports(scope: Scope): Promise<PatientImport[]> {
  const { data, error } = await scope.db
    .from('patient_imports')
    .select(columns)
    .eq('tenant_id', scope.tenantId)
    .order('created_at', { ascending: false })
    .limit(10);
  return z.array(importRow).parse(unwrap(error ? { data, error } : { data, error: null }));
}

/** An import by its id, or null; row-level security keeps it to the caller's clinic. It needs no gate, so asking is no activity. */
export async function findImport(db: Db, id: string): Promise<PatientImport | null> {
  const { data, error } = await db.from('patient_imports').select(columns).eq('id', id).maybeSingle();
  return importRow.nullable().parse(unwrap(error ? { data, error } : { data, error: null }));
}

/** The refused lines of an import after a line, at most `limit` of them. */
export async function listImportProblems(scope: Scope, id: string, after: number, limit: number): Promise<ImportProblem[]> {
  return z.array(importProblem).parse(unwrap(await scope.db.rpc('list_import_problems', { p_import: id, p_after: after, p_limit: limit })));
}
