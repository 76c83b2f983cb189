import { Badge } from '@/components/ui/badge';
import { Link } from '@/components/ui/link';
import { Table, TableHead } from '@/components/ui/table';
import type { TeamPage } from '@/lib/team/schema';

type MemberTableProps = { rows: TeamPage['rows']; timeZone: string };

/** The people of a clinic. */
export function MemberTable({ rows, timeZone }: MemberTableProps) {
  const seen = (time: string) => new Date(time).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short', timeZone });
  return (
    <Table>
      <TableHead columns={[{ label: 'Name' }, { label: 'Role' }, { label: 'Status', from: 'sm' }, { label: 'Last seen', from: 'md' }]} />
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} className="relative border-b last:border-0 hover:bg-muted/50">
            <th scope="row" className="max-w-44 px-4 py-3 font-medium sm:max-w-80">
              <Link href={`/team/${row.id}`} className="block truncate after:absolute after:inset-0">
                {row.full_name}
                {row.is_self && <span className="font-normal text-muted-foreground"> (you)</span>}
              </Link>
              <span className="block truncate font-normal text-muted-foreground">{row.email}</span>
              {row.status === 'deactivated' && (
                <span className="mt-1 block sm:hidden">
                  <Badge>Deactivated</Badge>
                </span>
              )}
            </th>
            <td className="px-4 py-3">{row.role}</td>
            <td className="hidden px-4 py-3 sm:table-cell">{row.status === 'active' ? 'Active' : <Badge>Deactivated</Badge>}</td>
            <td className="hidden px-4 py-3 text-muted-foreground tabular-nums md:table-cell">
              {row.last_seen_at ? seen(row.last_seen_at) : 'Not yet'}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
