'use client';

import { Archive, ArchiveRestore } from 'lucide-react';
import { unstable_rethrow } from 'next/navigation';
import { useState, useTransition } from 'react';
import { Button } from '@/components/ui/button';
import { archivePatient } from '@/lib/patients/actions';

type ArchiveButtonProps = { id: string; version: number; archived: boolean };

/** Archives a patient or brings one back; both can be undone by the other, so neither asks. */
export function ArchiveButton({ id, version, archived }: ArchiveButtonProps) {
  const [pending, startTransition] = useTransition();
  const [problem, setProblem] = useState<string>();

  function toggle() {
    startTransition(async () => {
      try {
        const state = await archivePatient({ id, version, archived: !archived });
        setProblem(state?.status === 'error' ? state.message : undefined);
      } catch (error) {
        unstable_rethrow(error);
        setProblem('The service could not be reached. Please try again.');
      }
    });
  }

  return (
    <>
      <Button variant="outline" disabled={pending} onClick={toggle}>
        {archived ? <ArchiveRestore aria-hidden /> : <Archive aria-hidden />}
        {archived ? 'Restore' : 'Archive'}
      </Button>
      {problem && (
        <p role="alert" className="basis-full text-destructive text-sm">
          {problem}
        </p>
      )}
    </>
  );
}
