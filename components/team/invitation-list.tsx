'use client';

import { useRouter } from 'next/navigation';
import { useServerAction } from '@/components/form/use-server-action';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { resendInvitation, revokeInvitation } from '@/lib/team/actions';
import type { Invitation } from '@/lib/team/schema';

const states = { open: 'Open', accepted: 'Accepted', revoked: 'Taken back', expired: 'Has run out' } as const;

type InvitationListProps = { invitations: Invitation[]; timeZone: string; canInvite: boolean };

/** Who is invited, and what became of earlier invitations. */
export function InvitationList({ invitations, timeZone, canInvite }: InvitationListProps) {
  const router = useRouter();
  const refresh = () => router.refresh();
  const resend = useServerAction(resendInvitation, refresh);
  const revoke = useServerAction(revokeInvitation, refresh);
  const pending = resend.pending || revoke.pending;
  const sent = resend.state.status === 'ok' ? resend.state.data.invitation : undefined;
  const problem = resend.problem ?? revoke.problem;
  const day = (time: string) => new Date(time).toLocaleDateString('en', { dateStyle: 'medium', timeZone });
  return (
    <>
      {problem && (
        <p role="alert" className="mb-4 text-destructive text-sm">
          {problem}
        </p>
      )}
      <ul className="divide-y overflow-hidden rounded-xl border bg-card shadow-xs">
        {invitations.map((invitation) => {
          const { id, email, role, status, invited_by, created_at, expires_at } = invitation;
          const pendingOne = status === 'open' || status === 'expired';
          return (
            <li key={id} className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3">
              <div className="min-w-0 flex-1 basis-64">
                <p className="flex flex-wrap items-center gap-2 font-medium text-sm">
                  <span className="break-all">{email}</span>
                  <Badge>{states[status]}</Badge>
                </p>
                <p className="mt-0.5 text-muted-foreground text-sm">
                  {role} · invited {day(created_at)}
                  {invited_by && ` by ${invited_by}`}
                  {status === 'open' && ` · until ${day(expires_at)}`}
                </p>
                {sent === id && !pending && (
                  <p role="status" className="mt-0.5 text-primary text-sm">
                    Sent once more; the earlier link works no longer.
                  </p>
                )}
              </div>
              {pendingOne && canInvite && (
                <div className="flex gap-2">
                  <Button
                    variant="outline"
                    size="sm"
                    disabled={pending}
                    aria-label={`Send again to ${email}`}
                    onClick={() => resend.submit({ invitation: id })}
                  >
                    Send again
                  </Button>
                  <Button
                    variant="outline"
                    size="sm"
                    disabled={pending}
                    aria-label={`Take back the invitation of ${email}`}
                    onClick={() => revoke.submit({ invitation: id })}
                  >
                    Take back
                  </Button>
                </div>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}
