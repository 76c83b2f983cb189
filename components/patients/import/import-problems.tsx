'use client';

import { Download } from 'lucide-react';
import Papa from 'papaparse';
import { useState } from 'react';
import { saveFile } from '@/components/form/save-file';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { neutralise, restore } from '@/lib/infra/csv';
import { formatNumber } from '@/lib/infra/numbers';
import { listProblems } from '@/lib/patients/import-actions';
import { importFields } from '@/lib/patients/import-fields';
import type { PatientImport } from '@/lib/patients/import-queries';
import type { ImportProblem } from '@/lib/patients/import-schema';

async function everyProblem(importId: string): Promise<ImportProblem[]> {
  const all: ImportProblem[] = [];
  for (;;) {
    const answer = await listProblems({ importId, after: all.at(-1)?.line ?? 0 });
    if (answer.status !== 'ok') throw new Error('refused');
    all.push(...answer.data);
    if (answer.data.length < 1000) return all;
  }
}

/** The refused lines with their reasons, and all of them as a file that can be mended and imported. */
export function ImportProblems({ found, problems }: { found: PatientImport; problems: ImportProblem[] }) {
  const [failed, setFailed] = useState(false);
  const [pending, setPending] = useState(false);

  async function download() {
    setPending(true);
    setFailed(false);
    try {
      const rows = (await everyProblem(found.id)).map(({ line, problem, cells }) =>
        [String(line), problem, ...cells.map(restore)].map(neutralise),
      );
      const fields = ['Line', 'Problem', ...found.fields.map((field) => importFields[field].label)];
      saveFile(new Blob(['\uFEFF', Papa.unparse({ fields, data: rows }, { quotes: true })], { type: 'text/csv' }), 'refused-rows.csv');
    } catch {
      setFailed(true);
    }
    setPending(false);
  }

  return (
    <Card className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="font-semibold">Refused rows</h2>
        <Button variant="outline" size="sm" disabled={pending} onClick={() => void download()}>
          <Download aria-hidden /> Download all {formatNumber(found.rows_refused)}
        </Button>
      </div>
      {failed && (
        <p role="alert" className="text-destructive text-sm">
          The rows could not be read. Please try again.
        </p>
      )}
      <ul className="divide-y text-sm">
        {problems.map(({ line, problem }) => (
          <li key={line} className="flex gap-4 py-2">
            <span className="w-20 shrink-0 text-muted-foreground tabular-nums">Line {line}</span>
            <span className="min-w-0 break-words">{problem}</span>
          </li>
        ))}
      </ul>
      {found.rows_refused > problems.length && (
        <p className="text-muted-foreground text-sm">These are the first {problems.length}. The download holds all of them.</p>
      )}
    </Card>
  );
}
