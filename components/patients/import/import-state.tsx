'use client';

import { useEffect, useState } from 'react';
import { Card } from '@/components/ui/card';
import { ProgressBar } from '@/components/ui/progress-bar';
import { formatNumber } from '@/lib/infra/numbers';
import { askImportState } from '@/lib/patients/import-actions';
import type { PatientImport } from '@/lib/patients/import-queries';

const running = (status: PatientImport['status']) => status === 'checking' || status === 'importing';

/** An import that is being worked on. When its state changes the page is loaded anew; leaving it stops nothing. */
export function ImportState({ initial }: { initial: PatientImport }) {
  const [current, setCurrent] = useState(initial);
  const [unreachable, setUnreachable] = useState(false);

  useEffect(() => {
    let left = false;
    let timer: ReturnType<typeof setTimeout>;
    async function ask() {
      const answer = await askImportState({ importId: initial.id }).catch(() => null);
      if (left) return;
      if (answer?.status === 'ok' && !running(answer.data.status)) return window.location.reload();
      setUnreachable(answer?.status !== 'ok');
      if (answer?.status === 'ok') setCurrent(answer.data);
      timer = setTimeout(ask, 1000);
    }
    timer = setTimeout(ask, 1000);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [initial.id]);

  const checking = current.status === 'checking';
  return (
    <Card className="flex flex-col gap-3">
      <h2 className="font-semibold">{checking ? 'Checking every row' : 'Importing'}</h2>
      {checking ? (
        <ProgressBar label="Checked" share={current.rows_checked / current.rows_total} />
      ) : (
        <progress aria-label="Importing" className="h-2 w-full accent-primary" />
      )}
      <p role="status" className="text-muted-foreground text-sm">
        {formatNumber(current.rows_total)} rows. You can leave this page; the work goes on.
      </p>
      {unreachable && <p className="text-destructive text-sm">The state cannot be read right now; trying again.</p>}
    </Card>
  );
}
