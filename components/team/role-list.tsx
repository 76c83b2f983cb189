import { Badge } from '@/components/ui/badge';
import { Link } from '@/components/ui/link';
import { formatNumber } from '@/lib/infra/numbers';
import type { RoleSummary } from '@/lib/team/schema';

/** The roles of a clinic, each with what it is for and how many have it. */
export function RoleList({ roles }: { roles: RoleSummary[] }) {
  return (
    <ul className="divide-y overflow-hidden rounded-xl border bg-card shadow-xs">
      {roles.map(({ id, name, description, is_system, members, invited }) => (
        <li key={id} className="relative flex flex-wrap items-center justify-between gap-x-6 gap-y-1 px-4 py-3 text-sm hover:bg-muted/50">
          <div className="min-w-0 flex-1 basis-64">
            <p className="flex flex-wrap items-center gap-2 font-medium">
              <Link href={`/team/roles/${id}`} className="wrap-anywhere after:absolute after:inset-0">
                {name}
              </Link>
              {!is_system && <Badge>Your own</Badge>}
            </p>
            {description && <p className="mt-0.5 wrap-anywhere text-muted-foreground">{description}</p>}
          </div>
          <p className="text-muted-foreground tabular-nums">
            {formatNumber(members)} {members === 1 ? 'person' : 'people'}
            {invited > 0 && `, ${formatNumber(invited)} invited`}
          </p>
        </li>
      ))}
    </ul>
  );
}
