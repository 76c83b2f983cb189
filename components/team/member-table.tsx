import { Badge } from '@/components/ui/badge';
import { Link } from '@/components/ui/link';
import { Table, TableHead } from '@/components/ui/table';
import type { TeamPage } from '@/lib/team/schema';
import { formatMoment } from '@/lib/time/format';

type MemberTableProps = { rows: TeamPage['rows']; timeZone: string };

/** The people of a clinic. */
export function MemberTable({ rows, timeZone }: MemberTableProps) {
  return (
    <Table>
      <TableHead
        columns={[
          { label: 'Name' },
          { label: 'Role' },
          { label: 'Status', from: 'sm' },
          { label: 'Second factor', from: 'md' },
          { label: 'Last seen', from: 'md' },
        ]}
      />
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} className="relative border-b last:border-0 hover:bg-muted/50">
            <th scope="row" className="max-w-44 px-4 py-3 font-medium sm:max-w-80">
              <Link href={`/team/${row.id}`} className="block truncate after:absolute after:inset-0">
                {row.full_name}
              </Link>
              <span className="block truncate font-normal text-muted-foreground">{row.is_self ? 'You' : row.email}</span>
              {row.status === 'deactivated' && (
                <span className="mt-1 block sm:hidden">
                  <Badge>Deactivated</Badge>
                </span>
              )}
            </th>
            <td className="wrap-anywhere min-w-24 px-4 py-3">{row.role}</td>
            <td className="hidden px-4 py-3 sm:table-cell">{row.status === 'active' ? 'Active' : <Badge>Deactivated</Badge>}</td>
            <td className="hidden px-4 py-3 md:table-cell">
              {row.second_factor ? 'On' : <span className="text-muted-foreground">Off</span>}
            </td>
            <td className="hidden px-4 py-3 text-muted-foreground tabular-nums md:table-cell">
              {row.last_seen_at ? formatMoment(row.last_seen_at, timeZone) : 'Not yet'}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
