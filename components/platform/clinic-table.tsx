import { Badge } from '@/components/ui/badge';
import { Link } from '@/components/ui/link';
import { Table, TableHead } from '@/components/ui/table';
import { formatNumber } from '@/lib/infra/numbers';
import { type ClinicPage, clinicStatuses, holdKinds } from '@/lib/platform/schema';
import { formatDay } from './format';

/** One page of clinics. */
export function ClinicTable({ rows }: { rows: ClinicPage['rows'] }) {
  return (
    <Table>
      <TableHead
        columns={[
          { label: 'Clinic' },
          { label: 'Status' },
          { label: 'Plan', from: 'sm' },
          { label: 'People', from: 'md', align: 'right' },
          { label: 'Patients', from: 'md', align: 'right' },
          { label: 'Signed up', from: 'lg' },
        ]}
      />
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} className="relative border-b last:border-0 hover:bg-muted/50">
            <th scope="row" className="max-w-44 px-4 py-3 font-medium sm:max-w-80">
              <Link href={`/clinics/${row.id}`} className="block truncate after:absolute after:inset-0">
                {row.name}
              </Link>
              <span className="block truncate font-normal text-muted-foreground">{row.slug}</span>
            </th>
            <td className="px-4 py-3">
              <span className="flex flex-wrap gap-1.5">
                {clinicStatuses[row.status]}
                {row.holds.map((hold) => (
                  <Badge key={hold}>{holdKinds[hold]}</Badge>
                ))}
              </span>
            </td>
            <td className="hidden px-4 py-3 sm:table-cell">{row.plan}</td>
            <td className="hidden px-4 py-3 text-right tabular-nums md:table-cell">{formatNumber(row.people)}</td>
            <td className="hidden px-4 py-3 text-right tabular-nums md:table-cell">{formatNumber(row.patients)}</td>
            <td className="hidden whitespace-nowrap px-4 py-3 tabular-nums lg:table-cell">{formatDay(row.created_at)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
