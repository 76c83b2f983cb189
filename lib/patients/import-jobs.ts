import { z } from 'zod';
import type { Attempt, Query } from '@/lib/infra/job';
import type { DateOrder, ImportField } from './import-fields';
import { readImportRow } from './import-row';

export const importJob = z.object({ importId: z.uuid() });

/** How many rows are read at once; progress is noted after each batch. */
const batchSize = 2000;

/** Reads every staged row by the rules of the patient form and notes the patient or the problem. It may be run again. */
async function check(importId: string, query: Query): Promise<void> {
  const found = await query(`select tenant_id, fields, date_order from public.patient_imports where id = $1 and status = 'checking'`, [
    importId,
  ]);
  const [job] = found.rows as { tenant_id: string; fields: ImportField[]; date_order: DateOrder }[];
  if (!job) return;
  for (let line = 0, checked = 0; ; ) {
    const { rows } = await query(
      'select line, cells, problem from private.patient_import_rows where tenant_id = $1 and import_id = $2 and line > $3 order by line limit $4',
      [job.tenant_id, importId, line, batchSize],
    );
    const batch = rows as { line: number; cells: string[]; problem: string | null }[];
    const last = batch.at(-1);
    if (!last) break;
    line = last.line;
    checked += batch.length;
    const read = batch.map(({ line, cells, problem }) => {
      // What the browser found wrong with a row's form stays.
      if (problem !== null) return { line, problem };
      const answer = readImportRow(job.fields, job.date_order, cells);
      return 'problem' in answer ? { line, ...answer } : { line, ...answer, external_id: answer.patient.external_id };
    });
    await query(
      `update private.patient_import_rows r set patient = x.patient, external_id = x.external_id, problem = x.problem
       from jsonb_to_recordset($3::jsonb) as x (line integer, patient jsonb, external_id text, problem text)
       where r.tenant_id = $1 and r.import_id = $2 and r.line = x.line`,
      [job.tenant_id, importId, JSON.stringify(read)],
    );
    await query('update public.patient_imports set rows_checked = $2 where id = $1', [importId, checked]);
  }
  // Thousands of rows are new to the planner, which would join them as if there were none.
  await query('analyze private.patient_import_rows', []);
  await query('select private.finish_import_check($1)', [importId]);
}

async function apply(importId: string, query: Query): Promise<void> {
  await query('select private.apply_patient_import($1)', [importId]);
}

/** The job that checks or applies an import. What the plan refuses is told to the person; other failures are tried again, then told. */
export function runPatientImport(step: 'check' | 'apply') {
  return async ({ importId }: z.infer<typeof importJob>, { query, isLast }: Attempt): Promise<void> => {
    try {
      await (step === 'check' ? check : apply)(importId, query);
    } catch (error) {
      const refused = typeof error === 'object' && error !== null && 'code' in error && error.code === 'YQ001';
      if (!refused && !isLast) throw error;
      await query('select private.fail_patient_import($1, $2)', [importId, refused ? 'quota_exceeded' : 'internal']);
      if (!refused) throw error;
    }
  };
}
