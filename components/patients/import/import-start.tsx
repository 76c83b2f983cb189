'use client';

import { FileUp } from 'lucide-react';
import { useState } from 'react';
import { Alert } from '@/components/ui/alert';
import { Card } from '@/components/ui/card';
import { useHydrated } from '@/components/ui/use-hydrated';
import { detectDateOrder, recogniseColumns } from '@/lib/patients/import-fields';
import { type FilePreview, previewFile, UnreadableFile } from './csv-file';
import { ImportMapping } from './import-mapping';

/** The first step of an import: choose a file, which stays in the browser until its columns are confirmed. */
export function ImportStart() {
  const [chosen, setChosen] = useState<{ file: File; preview: FilePreview }>();
  const [problem, setProblem] = useState<string>();
  const hydrated = useHydrated();

  async function choose(file: File | undefined) {
    if (!file) return;
    setProblem(undefined);
    try {
      setChosen({ file, preview: await previewFile(file) });
    } catch (error) {
      setProblem(error instanceof UnreadableFile ? error.message : 'This file cannot be read.');
    }
  }

  if (chosen) {
    const { file, preview } = chosen;
    const mapping = recogniseColumns(preview.headings);
    const dates = preview.rows.map((row) => row[mapping.indexOf('birth_date')] ?? '');
    return (
      <ImportMapping
        file={file}
        preview={preview}
        initialMapping={mapping}
        initialDateOrder={detectDateOrder(dates)}
        onBack={() => setChosen(undefined)}
      />
    );
  }
  return (
    <Card className="flex flex-col gap-4">
      <label
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          void choose(event.dataTransfer.files[0]);
        }}
        className="flex cursor-pointer flex-col items-center gap-2 rounded-lg border border-dashed px-4 py-10 text-center focus-within:ring-3 focus-within:ring-ring/50 hover:bg-muted"
      >
        <FileUp aria-hidden className="size-6 text-muted-foreground" />
        <span className="font-medium">Choose a CSV file, or drop it here</span>
        <span className="text-muted-foreground text-sm">The first line names the columns. You confirm them before anything is sent.</span>
        <input
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          disabled={!hydrated}
          className="sr-only"
          onChange={(event) => void choose(event.currentTarget.files?.[0])}
        />
      </label>
      {problem && <Alert kind="error">{problem}</Alert>}
    </Card>
  );
}
