'use client';

import { ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { useHydrated } from '@/components/ui/use-hydrated';
import { verifyLog } from '@/lib/audit/actions';
import { describeBreak, type Verification } from '@/lib/audit/schema';
import { formatNumber } from '@/lib/infra/numbers';

type Progress = { kind: 'idle' | 'running' | 'done'; checked: number; last?: Verification; problem?: string };

const entries = (count: number) => `${formatNumber(count)} ${count === 1 ? 'entry' : 'entries'}`;

/** Verifies the whole log, stretch by stretch, and says what does not fit. */
export function VerifyLog() {
  const hydrated = useHydrated();
  const [{ kind, checked, last, problem }, setProgress] = useState<Progress>({ kind: 'idle', checked: 0 });

  async function verify() {
    let sum = 0;
    setProgress({ kind: 'running', checked: 0 });
    try {
      for (let after = 0; ; ) {
        const answer = await verifyLog({ after });
        if (answer.status !== 'ok')
          return setProgress({ kind: 'done', checked: sum, problem: answer.status === 'error' ? answer.message : '' });
        sum += answer.data.checked;
        if (answer.data.done) return setProgress({ kind: 'done', checked: sum, last: answer.data });
        after = answer.data.last;
        setProgress({ kind: 'running', checked: sum });
      }
    } catch {
      setProgress({ kind: 'done', checked: sum, problem: 'The service could not be reached. Please try again.' });
    }
  }

  return (
    <>
      <Button variant="outline" disabled={!hydrated || kind === 'running'} onClick={() => void verify()}>
        <ShieldCheck aria-hidden /> {kind === 'running' ? `Verifying … ${entries(checked)}` : 'Verify the log'}
      </Button>
      {kind === 'done' && (
        <div className="basis-full">
          {problem !== undefined && <Alert kind="error">{problem}</Alert>}
          {last?.broken && (
            <Alert kind="error">
              {describeBreak(last.broken)} {entries(checked)} were looked at. Tell us at once; until it is explained, do not rely on the
              log.
            </Alert>
          )}
          {last && !last.broken && (
            <Alert kind="success">
              {entries(checked)} verified: none was changed, moved or removed.
              {last.waiting > 0 && ` ${entries(last.waiting)} of the last seconds are still to be sealed.`}
            </Alert>
          )}
        </div>
      )}
    </>
  );
}
