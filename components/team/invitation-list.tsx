'use client';

import { useRouter } from 'next/navigation';
import { useServerAction } from '@/components/form/use-server-action';
import { WayOut } from '@/components/form/way-out';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { useHydrated } from '@/components/ui/use-hydrated';
import { resendInvitation, revokeInvitation } from '@/lib/team/actions';
import type { Invitation } from '@/lib/team/schema';
import { formatDay } from '@/lib/time/format';

const states = { open: 'Open', accepted: 'Accepted', revoked: 'Taken back', expired: 'Has run out' } as const;
const done = { send: 'Sent once more; the earlier link works no longer.', revoke: 'Taken back; the link works no longer.' } as const;

type Change = { what: keyof typeof done; invitation: string };
const change = ({ what, invitation }: Change) => (what === 'send' ? resendInvitation({ invitation }) : revokeInvitation({ invitation }));

function InvitationRow({ invitation, timeZone, canInvite }: { invitation: Invitation; timeZone: string; canInvite: boolean }) {
  const router = useRouter();
  const hydrated = useHydrated();
  const { state, submit, pending, problem, code } = useServerAction(async (input: Change) => {
    const answer = await change(input);
    return answer.status === 'ok' ? { ...answer, data: input } : answer;
  }, router.refresh);
  const { id, email, role, status, invited_by, created_at, expires_at } = invitation;
  const isOpen = status === 'open' || (status === 'expired' && role !== null);
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-64 text-sm">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span className="break-all">{email}</span>
          <Badge>{states[status]}</Badge>
        </p>
        <p className="wrap-anywhere mt-0.5 text-muted-foreground">
          {role ?? 'A role that is gone'} · invited {formatDay(created_at, timeZone)}
          {invited_by && ` by ${invited_by}`}
          {status === 'open' && ` · until ${formatDay(expires_at, timeZone)}`}
        </p>
        <p role="status" className="text-primary empty:hidden">
          {state.status === 'ok' && !pending && done[state.data.what]}
        </p>
        {problem && (
          <p role="alert" className="text-destructive">
            {problem}
            <WayOut code={code} />
          </p>
        )}
      </div>
      {isOpen && canInvite && (
        <div className="flex gap-2">
          {(['send', 'revoke'] as const).map((what) => (
            <Button
              key={what}
              variant="outline"
              size="sm"
              disabled={!hydrated}
              // Not disabled while it waits: the keyboard's place would be lost.
              aria-disabled={pending}
              aria-label={what === 'send' ? `Send again to ${email}` : `Take back the invitation of ${email}`}
              onClick={() => !pending && submit({ what, invitation: id })}
            >
              {what === 'send' ? 'Send again' : 'Take back'}
            </Button>
          ))}
        </div>
      )}
    </li>
  );
}

type InvitationListProps = { invitations: Invitation[]; timeZone: string; canInvite: boolean };

/** Who is invited, and what became of earlier invitations. */
export function InvitationList({ invitations, timeZone, canInvite }: InvitationListProps) {
  return (
    <ul className="divide-y overflow-hidden rounded-xl border bg-card shadow-xs">
      {invitations.map((invitation) => (
        <InvitationRow key={invitation.id} invitation={invitation} timeZone={timeZone} canInvite={canInvite} />
      ))}
    </ul>
  );
}
