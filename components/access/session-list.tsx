'use client';

import { useRouter } from 'next/navigation';
import { useServerAction } from '@/components/form/use-server-action';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { endOtherSessions, endSession } from '@/lib/access/actions';
import type { OpenSession } from '@/lib/access/queries';

type SessionListProps = { sessions: OpenSession[]; timeZone: string };

/** Where the person is signed in, with a way to end each session and all others at once. */
export function SessionList({ sessions, timeZone }: SessionListProps) {
  const router = useRouter();
  const refresh = () => router.refresh();
  const one = useServerAction(endSession, refresh);
  const others = useServerAction(endOtherSessions, refresh);
  const pending = one.pending || others.pending;
  const problem = one.problem ?? others.problem;
  const at = (time: string) => new Date(time).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short', timeZone });

  return (
    <div className="flex flex-col gap-4">
      <ul className="divide-y">
        {sessions.map((session) => (
          <li key={session.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
            <div className="min-w-0 flex-1 basis-56">
              <p className="flex flex-wrap items-center gap-2 font-medium text-sm">
                {session.device}
                {session.current && <Badge>This device</Badge>}
              </p>
              <p className="mt-0.5 text-muted-foreground text-sm">{session.ip ?? 'Address not known'}</p>
              <p className="mt-0.5 text-muted-foreground text-sm">
                Signed in {at(session.first_seen_at)}, last seen {at(session.last_seen_at)}
              </p>
            </div>
            {!session.current && (
              <Button
                variant="outline"
                size="sm"
                disabled={pending}
                aria-label={`End the session on ${session.device}, last seen ${at(session.last_seen_at)}`}
                onClick={() => one.submit({ session: session.id })}
              >
                End
              </Button>
            )}
          </li>
        ))}
      </ul>
      {problem && (
        <p role="alert" className="text-destructive text-sm">
          {problem}
        </p>
      )}
      {sessions.length > 1 ? (
        <Button variant="outline" className="self-start" disabled={pending} onClick={() => others.submit({})}>
          End all other sessions
        </Button>
      ) : (
        <p role="status" className="text-muted-foreground text-sm">
          You are signed in nowhere else at this clinic.
        </p>
      )}
    </div>
  );
}
