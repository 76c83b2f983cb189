'use client';

import { ArrowDown, ArrowUp } from 'lucide-react';
import { cn } from '@/components/ui/cn';
import { Link } from '@/components/ui/link';
import { Table } from '@/components/ui/table';
import { listAddress } from '@/lib/patients/list-address';
import type { ListQuery, ListRow } from '@/lib/patients/schema';
import { formatDate, formatDay } from '@/lib/time/format';
import { sexLabels } from './labels';

type PatientTableProps = { rows: ListRow[]; timeZone: string; query: ListQuery; onSort?: (query: ListQuery) => void };

type SortHeaderProps = { sort: ListQuery['sort']; label: string; className?: string } & Omit<PatientTableProps, 'rows' | 'timeZone'>;

function SortHeader({ sort, label, className, query, onSort }: SortHeaderProps) {
  const isCurrent = query.sort === sort;
  const next: ListQuery = { ...query, sort, descending: isCurrent ? !query.descending : sort === 'updated', after: null, before: null };
  const Arrow = query.descending ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      aria-sort={isCurrent ? (query.descending ? 'descending' : 'ascending') : undefined}
      className={cn('px-4 py-2.5 font-medium', className)}
    >
      <Link
        href={listAddress(next)}
        onClick={(event) => {
          if (!onSort) return;
          event.preventDefault();
          onSort(next);
        }}
        className="inline-flex items-center gap-1 whitespace-nowrap hover:text-foreground"
      >
        {label}
        {isCurrent && <Arrow aria-hidden className="size-3.5" />}
      </Link>
    </th>
  );
}

/** Rows of patients: a table from 640 px up, cards below. */
export function PatientTable({ rows, timeZone, query, onSort }: PatientTableProps) {
  return (
    <Table>
      <thead className="border-b bg-muted/60 text-muted-foreground">
        <tr>
          <SortHeader sort="name" label="Name" query={query} onSort={onSort} />
          <SortHeader sort="birth_date" label="Birth date" query={query} onSort={onSort} />
          <th scope="col" className="hidden px-4 py-2.5 font-medium md:table-cell">
            Sex
          </th>
          <th scope="col" className="hidden px-4 py-2.5 font-medium sm:table-cell">
            Phone
          </th>
          <th scope="col" className="hidden px-4 py-2.5 font-medium lg:table-cell">
            E-mail
          </th>
          <th scope="col" className="hidden px-4 py-2.5 font-medium xl:table-cell">
            External id
          </th>
          <SortHeader sort="updated" label="Last change" query={query} onSort={onSort} className="hidden xl:table-cell" />
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} className="relative border-b last:border-0 hover:bg-muted/50">
            <th scope="row" className="max-w-52 px-4 py-3 font-medium sm:max-w-72">
              <Link href={`/patients/${row.id}`} className="block truncate after:absolute after:inset-0">
                {row.family_name}, {row.given_name}
              </Link>
            </th>
            <td className="whitespace-nowrap px-4 py-3 tabular-nums">{formatDate(row.birth_date)}</td>
            <td className="hidden px-4 py-3 md:table-cell">{sexLabels[row.sex]}</td>
            <td className="hidden whitespace-nowrap px-4 py-3 tabular-nums sm:table-cell">{row.mobile_phone ?? row.home_phone}</td>
            <td className="hidden max-w-60 truncate px-4 py-3 lg:table-cell">{row.email}</td>
            <td className="hidden max-w-44 truncate px-4 py-3 xl:table-cell">{row.external_id}</td>
            <td className="hidden whitespace-nowrap px-4 py-3 tabular-nums xl:table-cell">{formatDay(row.updated_at, timeZone)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
