'use client';

import { unstable_rethrow } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import type { FormState } from '@/lib/infra/form-state';
import { formatNumber } from '@/lib/infra/numbers';
import { checkImport, sendImportRows, startImport } from '@/lib/patients/import-actions';
import type { DateOrder, ImportField } from '@/lib/patients/import-fields';
import { charactersPerRequest, maxRows, rowsPerRequest } from '@/lib/patients/import-schema';
import { type FilePreview, type FileRow, readRows, UnreadableFile } from './csv-file';

class Refused extends Error {}
function dataOf<T>(state: FormState<T>): T {
  if (state.status === 'ok') return state.data;
  throw new Refused(state.status === 'error' ? (state.fields.fields ?? state.message) : '');
}

const stay = (event: BeforeUnloadEvent) => event.preventDefault();

/** Sends the mapped columns of a file and hands them to the check; answers how far it is, and what went wrong. */
export function useImportUpload() {
  const [sent, setSent] = useState<number | null>(null);
  const [problem, setProblem] = useState<string>();
  const left = useRef(false);

  useEffect(() => {
    left.current = false;
    return () => {
      left.current = true;
      window.removeEventListener('beforeunload', stay);
    };
  }, []);

  /** Sends everything; false when the page was left meanwhile. */
  async function send(importId: string, rows: AsyncGenerator<FileRow>): Promise<boolean> {
    let portion: FileRow[] = [];
    let characters = 0;
    let count = 0;
    async function flush() {
      if (portion.length > 0) dataOf(await sendImportRows({ importId, rows: portion }));
      portion = [];
      characters = 0;
      setSent(count);
    }
    for await (const row of rows) {
      if (left.current) return false;
      count += 1;
      if (count > maxRows)
        throw new Refused(`A file can hold ${formatNumber(maxRows)} rows. Split it, and import one part after the other.`);
      portion.push(row);
      characters += row[1].reduce((sum, cell) => sum + cell.length, 0);
      if (portion.length === rowsPerRequest || characters > charactersPerRequest) await flush();
    }
    await flush();
    return !left.current;
  }

  async function upload(file: File, preview: FilePreview, mapping: (ImportField | null)[], dateOrder: DateOrder) {
    setProblem(undefined);
    setSent(0);
    window.addEventListener('beforeunload', stay);
    try {
      const columns = mapping.flatMap((field, index) => (field ? [index] : []));
      const fields = mapping.filter((field) => field !== null);
      const { importId } = dataOf(await startImport({ fileName: file.name, fields, dateOrder }));
      if (!(await send(importId, readRows(file, preview, columns)))) return;
      const { to } = dataOf(await checkImport({ importId }));
      window.removeEventListener('beforeunload', stay);
      if (!left.current) window.location.assign(to);
    } catch (error) {
      unstable_rethrow(error);
      window.removeEventListener('beforeunload', stay);
      setSent(null);
      const known = error instanceof Refused || error instanceof UnreadableFile;
      setProblem(known ? error.message : 'The file could not be sent. Check your connection and try again.');
    }
  }

  return { sent, problem, upload };
}
