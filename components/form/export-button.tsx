'use client';

import { Download } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { useHydrated } from '@/components/ui/use-hydrated';
import { saveFile } from './save-file';
import { useStepUp } from './use-step-up';

type Refusal = { error?: { code?: string; message?: string } };

type ExportButtonProps = { address: string; body: Record<string, unknown>; fileName: string; label?: string };

/** Saves what a route answers as a file. */
export function ExportButton({ address, body, fileName, label = 'Export' }: ExportButtonProps) {
  const hydrated = useHydrated();
  const askForProof = useStepUp();
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string>();

  /** Fetches the file and saves it; answers what was refused instead. */
  async function fetchFile(): Promise<Refusal['error'] | undefined> {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) return ((await answer.json().catch(() => ({}))) as Refusal).error ?? {};
    saveFile(await answer.blob(), fileName);
    return undefined;
  }

  async function save() {
    setPending(true);
    setProblem(undefined);
    try {
      let refusal = await fetchFile();
      if (refusal?.code === 'step_up' && (await askForProof())) refusal = await fetchFile();
      if (refusal) setProblem(refusal.message ?? 'The export failed. Please try again.');
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
