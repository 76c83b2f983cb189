import { Badge } from '@/components/ui/badge';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { auditAddress } from '@/lib/audit/address';
import type { SecurityAlert } from '@/lib/audit/schema';
import { formatMoment } from '@/lib/time/format';
import { ResolveAlert } from './resolve-alert';

const answers = {
  none: 'Nothing was done by itself.',
  end_sessions: 'Their sessions at this clinic were ended.',
  lock: 'Their membership was deactivated.',
  slow: 'They were slowed down to five records a minute, for an hour or until this alert is closed.',
} as const;

type AlertListProps = { alerts: SecurityAlert[]; timeZone: string; canResolve: boolean };

/** What looked like an attack: when, who, what was done about it, and how it was closed. */
export function AlertList({ alerts, timeZone, canResolve }: AlertListProps) {
  return (
    <ul className="flex flex-col gap-4">
      {alerts.map(({ id, rule, title, description, occurred_at, user_id, person, address, answer, resolved_at, resolved_by, note }) => (
        <li key={id}>
          <Card>
            <div className="flex flex-wrap items-center gap-2">
              <h2 className="font-semibold">{title}</h2>
              <Badge>{resolved_at ? 'Closed' : 'Open'}</Badge>
            </div>
            <p className="mt-1 text-muted-foreground text-sm">
              {formatMoment(occurred_at, timeZone)}
              {address && ` · from ${address}`}
            </p>
            <p className="mt-3 text-sm">{description}</p>
            <p className="mt-1 text-sm">
              {person && (
                <>
                  {rule === 'failed_sign_ins' || rule === 'new_address' ? 'The account is that of ' : 'It was '}
                  {user_id ? (
                    <Link
                      href={auditAddress(rule === 'failed_sign_ins' ? { action: 'sessions.refused' } : { person: user_id })}
                      className="text-primary underline underline-offset-4"
                    >
                      {person}
                    </Link>
                  ) : (
                    person
                  )}
                  .{' '}
                </>
              )}
              {answers[answer]}
            </p>
            {resolved_at ? (
              <p className="wrap-anywhere mt-3 border-t pt-3 text-sm">
                <span className="whitespace-pre-line">{note}</span>
                <span className="mt-1 block text-muted-foreground">
                  {resolved_by ?? 'Somebody who has left'}, {formatMoment(resolved_at, timeZone)}
                </span>
              </p>
            ) : (
              canResolve && <ResolveAlert alert={id} title={title} />
            )}
          </Card>
        </li>
      ))}
    </ul>
  );
}
