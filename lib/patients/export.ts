import 'server-only';
import Papa from 'papaparse';
import { type Db, unwrap } from '@/lib/infra/supabase';
import { neutralise } from './formula';
import { fieldNames, importFields } from './import-fields';
import type { Patient } from './queries';

const portionRows = 1000;

function cell(value: string | boolean | null): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return neutralise(value ?? '');
}

/**
 * The clinic's patients as CSV (RFC 4180), under the headings that the import recognises, in portions of 1,000.
 * A portion that cannot be read breaks the stream off, so that half a file is never taken for a whole one.
 * @throws {AppError} forbidden, unverified
 */
export async function exportPatients(db: Db, archived: boolean): Promise<ReadableStream<Uint8Array>> {
  unwrap(await db.rpc('start_patient_export'));
  const encoder = new TextEncoder();
  let after: string | null = null;
  let head = `\uFEFF${Papa.unparse([fieldNames.map((name) => importFields[name].label)])}\r\n`;
  return new ReadableStream({
    async pull(controller) {
      const portion = await db.rpc('export_patients', {
        p_archived: archived,
        p_limit: portionRows,
        ...(after && { p_after: after }),
      });
      const rows: Patient[] = unwrap(portion);
      const lines =
        rows.length > 0
          ? `${Papa.unparse(
              rows.map((row) => fieldNames.map((name) => cell(row[name]))),
              { quotes: true },
            )}\r\n`
          : '';
      if (head || lines) controller.enqueue(encoder.encode(head + lines));
      head = '';
      after = rows.at(-1)?.id ?? null;
      if (rows.length < portionRows) controller.close();
    },
  });
}
