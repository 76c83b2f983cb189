'use client';

import { Archive, ArchiveRestore } from 'lucide-react';
import { useServerAction } from '@/components/form/use-server-action';
import { WayOut } from '@/components/form/way-out';
import { Button } from '@/components/ui/button';
import { archivePatient } from '@/lib/patients/actions';

type ArchiveButtonProps = { id: string; version: number; archived: boolean };

/** Archives a patient or brings one back; both can be undone by the other, so neither asks. */
export function ArchiveButton({ id, version, archived }: ArchiveButtonProps) {
  const { submit, pending, problem, code } = useServerAction(archivePatient);

  return (
    <>
      <Button variant="outline" disabled={pending} onClick={() => submit({ id, version, archived: !archived })}>
        {archived ? <ArchiveRestore aria-hidden /> : <Archive aria-hidden />}
        {archived ? 'Restore' : 'Archive'}
      </Button>
      {problem && (
        <p role="alert" className="basis-full text-destructive text-sm">
          {problem}
          <WayOut code={code} />
        </p>
      )}
    </>
  );
}
