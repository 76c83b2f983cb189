import { Badge } from '@/components/ui/badge';
import { Link } from '@/components/ui/link';
import { deviceName } from '@/lib/access/device';
import { auditAddress } from '@/lib/audit/address';
import { actionLabel, reasonLabel } from '@/lib/audit/labels';
import type { AuditEntry } from '@/lib/audit/schema';
import type { PermissionKey } from '@/lib/infra/permission.types';
import { formatMoment } from '@/lib/time/format';

const outcomes = { done: null, refused: 'Refused', failed: 'Failed' } as const;
const nobody = { platform: 'Support', person: 'Somebody who has left', system: 'The system' } as const;

/** Where a record has its page, by what the entry is about. */
const places: Record<string, { path: string; permission: PermissionKey }> = {
  patients: { path: '/patients', permission: 'patients.read' },
  memberships: { path: '/team', permission: 'team.read' },
  profiles: { path: '/team', permission: 'team.read' },
  roles: { path: '/team/roles', permission: 'roles.read' },
  role_permissions: { path: '/team/roles', permission: 'roles.read' },
};

type EntryProps = { entry: AuditEntry; timeZone: string; permissions: PermissionKey[] };

function Entry({ entry, timeZone, permissions }: EntryProps) {
  const { action, outcome, reason, changed_fields, member, record_id, actor, actor_kind, address, user_agent, occurred_at } = entry;
  const place = outcome === 'done' ? places[action.split('.')[0] ?? ''] : undefined;
  const details = [
    outcome !== 'done' && reason && reasonLabel(reason),
    member && `about ${member}`,
    changed_fields.length > 0 && changed_fields.join(', ').replaceAll('_', ' '),
  ].filter(Boolean);
  return (
    <li className="grid gap-x-6 gap-y-1 border-b px-4 py-3 last:border-0 md:grid-cols-[11rem_minmax(0,1fr)_minmax(0,14rem)]">
      <p className="text-muted-foreground tabular-nums">{formatMoment(occurred_at, timeZone)}</p>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span className="wrap-anywhere">{actionLabel(action)}</span>
          {outcomes[outcome] && <Badge>{outcomes[outcome]}</Badge>}
        </p>
        {details.length > 0 && <p className="wrap-anywhere text-muted-foreground">{details.join(' · ')}</p>}
        {record_id && !action.startsWith('sessions.') && (
          <p className="flex flex-wrap gap-x-4">
            <Link href={auditAddress({ record: record_id })} className="text-primary underline-offset-4 hover:underline">
              Record {record_id.slice(0, 8)}
            </Link>
            {place && permissions.includes(place.permission) && (
              <Link href={`${place.path}/${record_id}`} className="text-primary underline-offset-4 hover:underline">
                Open it
              </Link>
            )}
          </p>
        )}
      </div>
      <div className="min-w-0">
        <p className="wrap-anywhere">{actor ?? (outcome === 'failed' ? 'Not signed in' : nobody[actor_kind])}</p>
        {(address || user_agent) && (
          <p className="wrap-anywhere text-muted-foreground">
            {[address, user_agent && deviceName(user_agent)].filter(Boolean).join(' · ')}
          </p>
        )}
      </div>
    </li>
  );
}

/** Entries of the clinic's log: when, what, how it ended, by whom and from where. */
export function AuditList({ entries, ...props }: Omit<EntryProps, 'entry'> & { entries: AuditEntry[] }) {
  return (
    <ul className="overflow-hidden rounded-xl border bg-card text-sm shadow-xs">
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} {...props} />
      ))}
    </ul>
  );
}
