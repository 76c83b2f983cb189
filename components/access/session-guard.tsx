'use client';

import { useServerAction } from '@/components/form/use-server-action';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { prolongSession } from '@/lib/access/actions';
import type { SessionState } from '@/lib/access/schema';
import { useSessionClock } from './use-session-clock';

/** Counts down the last minute of a session and leaves the page at its end. */
export function SessionGuard({ session }: { session: SessionState }) {
  const { left, final, dismissed, dismiss, prolonged } = useSessionClock(session);
  const { submit, pending, problem } = useServerAction(prolongSession, prolonged);
  if (left === null || dismissed) return null;
  const stay = () => (final ? dismiss() : submit({}));
  return (
    <Dialog title={final ? 'Your session ends soon' : 'Are you still there?'} role="alertdialog" onClose={stay}>
      <p className="mt-2 text-muted-foreground text-sm">
        {final
          ? 'For safety nobody stays signed in all day. Save what you are working on; then sign in again.'
          : 'There was no activity for a while. To protect patients’ data you will be signed out.'}
      </p>
      <p role="timer" className="mt-4 font-semibold text-3xl tabular-nums">
        {`0:${String(left).padStart(2, '0')}`.replace('0:60', '1:00')}
      </p>
      {problem && (
        <p role="alert" className="mt-3 text-destructive text-sm">
          {problem}
        </p>
      )}
      <div className="mt-5 flex justify-end">
        <Button disabled={pending} onClick={stay}>
          {final ? 'Go on' : 'Stay signed in'}
        </Button>
      </div>
    </Dialog>
  );
}
