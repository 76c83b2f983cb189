'use client';

import { unstable_rethrow } from 'next/navigation';
import { useEffect, useState } from 'react';
import type { FormState } from '@/lib/infra/form-state';
import { checkImport, sendImportRows, startImport } from '@/lib/patients/import-actions';
import type { DateOrder, ImportField } from '@/lib/patients/import-fields';
import { maxRows, rowsPerRequest } from '@/lib/patients/import-schema';
import { streamRows } from './csv-file';

class Refused extends Error {}
function dataOf<T>(state: FormState<T>): T {
  if (state.status === 'ok') return state.data;
  throw new Refused(state.status === 'error' ? (state.fields.fields ?? state.message) : '');
}

/** Sends the mapped columns of a file and hands them to the check; answers how far it is, and what went wrong. */
export function useImportUpload() {
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState<string>();
  const uploading = share !== null;

  useEffect(() => {
    if (!uploading) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', stay);
    return () => window.removeEventListener('beforeunload', stay);
  }, [uploading]);

  async function upload(file: File, encoding: string, mapping: (ImportField | null)[], dateOrder: DateOrder) {
    setProblem(undefined);
    setShare(0);
    try {
      const columns = mapping.flatMap((field, index) => (field ? [index] : []));
      const fields = mapping.filter((field) => field !== null);
      const { importId } = dataOf(await startImport({ fileName: file.name, fields, dateOrder }));
      let sent = 0;
      await streamRows(
        file,
        { encoding, columns, size: rowsPerRequest },
        async (rows) => {
          sent += rows.length;
          if (sent > maxRows)
            throw new Refused(`A file can hold ${maxRows.toLocaleString('en')} rows. Split it, and import one part after the other.`);
          dataOf(await sendImportRows({ importId, rows }));
        },
        setShare,
      );
      const { to } = dataOf(await checkImport({ importId }));
      setShare(null);
      window.location.assign(to);
    } catch (error) {
      unstable_rethrow(error);
      setShare(null);
      setProblem(error instanceof Refused ? error.message : 'The file could not be sent. Check your connection and try again.');
    }
  }

  return { share, problem, upload };
}
