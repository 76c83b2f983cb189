'use client';

import { Download } from 'lucide-react';
import { useState } from 'react';
import { saveFile } from '@/components/form/save-file';
import { Button } from '@/components/ui/button';

/** What a route answered instead of the file, in a sentence. */
async function refusal(answer: Response): Promise<string> {
  const body = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
  return body?.error?.message ?? 'The export failed. Please try again.';
}

/** Saves the list as a CSV file. */
export function ExportButton({ archived, label = 'Export' }: { archived: boolean; label?: string }) {
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function save() {
    setPending(true);
    setProblem(undefined);
    try {
      const answer = await fetch('/api/patients/export', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ archived }),
      });
      if (answer.ok) saveFile(await answer.blob(), archived ? 'archived-patients.csv' : 'patients.csv');
      else setProblem(await refusal(answer));
    } catch {
      setProblem('The export broke off. Please try again.');
    }
    setPending(false);
  }

  return (
    <>
      <Button variant="outline" disabled={pending} onClick={() => void save()}>
        <Download aria-hidden /> {pending ? 'Exporting …' : label}
      </Button>
      {problem && (
        <p role="alert" className="basis-full text-destructive text-sm">
          {problem}
        </p>
      )}
    </>
  );
}
