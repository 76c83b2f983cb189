import { Badge } from '@/components/ui/badge';
import { Link } from '@/components/ui/link';
import { type ClinicPage, clinicStatuses, holdKinds } from '@/lib/platform/schema';
import { formatCount, formatDay } from './format';

/** One page of clinics. */
export function ClinicTable({ rows }: { rows: ClinicPage['rows'] }) {
  return (
    <div className="overflow-hidden rounded-xl border bg-card shadow-xs">
      <table className="w-full text-left text-sm">
        <thead className="border-b bg-muted/60 text-muted-foreground">
          <tr>
            <th scope="col" className="px-4 py-2.5 font-medium">
              Clinic
            </th>
            <th scope="col" className="px-4 py-2.5 font-medium">
              Status
            </th>
            <th scope="col" className="hidden px-4 py-2.5 font-medium sm:table-cell">
              Plan
            </th>
            <th scope="col" className="hidden px-4 py-2.5 text-right font-medium md:table-cell">
              People
            </th>
            <th scope="col" className="hidden px-4 py-2.5 text-right font-medium md:table-cell">
              Patients
            </th>
            <th scope="col" className="hidden px-4 py-2.5 font-medium lg:table-cell">
              Signed up
            </th>
          </tr>
        </thead>
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
              <td className="hidden px-4 py-3 text-right tabular-nums md:table-cell">{formatCount(row.people)}</td>
              <td className="hidden px-4 py-3 text-right tabular-nums md:table-cell">{formatCount(row.patients)}</td>
              <td className="hidden whitespace-nowrap px-4 py-3 tabular-nums lg:table-cell">{formatDay(row.created_at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
