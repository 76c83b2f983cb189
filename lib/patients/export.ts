import 'server-only';
import { csvStream, neutralise } from '@/lib/infra/csv';
import { type Db, unwrap } from '@/lib/infra/supabase';
import { fieldNames, importFields } from './import-fields';
import type { Patient } from './queries';

const portionRows = 1000;

function cell(value: string | boolean | null): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return neutralise(value ?? '');
}

/**
 * The clinic's patients as a CSV file, under the headings that the import recognises.
 * @throws {AppError} forbidden, unverified
 */
export async function exportPatients(db: Db, archived: boolean): Promise<ReadableStream<Uint8Array>> {
  unwrap(await db.rpc('start_patient_export'));
  let after: string | null = null;
  return csvStream(
    fieldNames.map((name) => importFields[name].label),
    async () => {
      const portion = await db.rpc('export_patients', { p_archived: archived, p_limit: portionRows, ...(after && { p_after: after }) });
      const patients: Patient[] = unwrap(portion);
      after = patients.at(-1)?.id ?? null;
      return { rows: patients.map((row) => fieldNames.map((name) => cell(row[name]))), last: patients.length < portionRows };
    },
  );
}
