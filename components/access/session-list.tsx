'use client';

import { useRouter } from 'next/navigation';
import { useServerAction } from '@/components/form/use-server-action';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import type { OpenSession } from '@/lib/access/queries';
import type { FormState } from '@/lib/infra/form-state';
import { formatMoment } from '@/lib/time/format';

type EndSessions = (input: unknown) => Promise<FormState<{ ended: number }>>;

type SessionListProps = {
  sessions: OpenSession[];
  timeZone: string;
  /** Whose sessions, where they are not the caller's. */
  member?: string;
  end: EndSessions;
  endAll: EndSessions;
  /** What ending them all is called. */
  allLabel: string;
};

/** Where a person is signed in, with a way to end each session and all at once, but for the one in use. */
export function SessionList({ sessions, timeZone, member, end, endAll, allLabel }: SessionListProps) {
  const router = useRouter();
  const refresh = () => router.refresh();
  const one = useServerAction(end, refresh);
  const all = useServerAction(endAll, refresh);
  const pending = one.pending || all.pending;
  const problem = one.problem ?? all.problem;
  const at = (time: string) => formatMoment(time, timeZone);

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
                onClick={() => one.submit({ member, session: session.id })}
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
      {sessions.some(({ current }) => !current) ? (
        <Button variant="outline" className="self-start" disabled={pending} onClick={() => all.submit({ member })}>
          {allLabel}
        </Button>
      ) : (
        <p role="status" className="text-muted-foreground text-sm">
          {member ? 'Not signed in anywhere.' : 'You are signed in nowhere else at this clinic.'}
        </p>
      )}
    </div>
  );
}
