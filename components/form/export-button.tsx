'use client';

import { Download } from 'lucide-react';
import { useState } from 'react';
import { useHydrated } from '@/components/layout/use-hydrated';
import { Button } from '@/components/ui/button';
import { saveFile } from './save-file';

/** What a route answered instead of the file, in a sentence. */
async function refusal(answer: Response): Promise<string> {
  const body = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
  return body?.error?.message ?? 'The export failed. Please try again.';
}

type ExportButtonProps = { address: string; body: Record<string, unknown>; fileName: string; label?: string };

/** Saves what a route answers as a file. */
export function ExportButton({ address, body, fileName, label = 'Export' }: ExportButtonProps) {
  const hydrated = useHydrated();
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function save() {
    setPending(true);
    setProblem(undefined);
    try {
      const answer = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (answer.ok) saveFile(await answer.blob(), fileName);
      else setProblem(await refusal(answer));
    } catch {
      setProblem('The export broke off. Please try again.');
    }
    setPending(false);
  }

  return (
    <>
      <Button variant="outline" disabled={pending || !hydrated} onClick={() => void save()}>
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
