'use client';

import { Plus, Search, Upload } from 'lucide-react';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { Input } from '@/components/ui/input';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';
import { Pager } from '@/components/ui/pager';
import { formatNumber } from '@/lib/infra/numbers';
import type { PermissionKey } from '@/lib/infra/permission.types';
import { listAddress } from '@/lib/patients/list-address';
import type { PatientPage } from '@/lib/patients/queries';
import type { ListQuery } from '@/lib/patients/schema';
import { ExportPatients } from './export-patients';
import { PatientTable } from './patient-table';
import { usePatientSearch } from './use-patient-search';

type PatientBrowserProps = {
  initialQuery: ListQuery;
  initialPage: PatientPage;
  timeZone: string;
  permissions: PermissionKey[];
  slowed: boolean;
};

/** The patient list: pages and order by address, the search by POST and never in an address. */
export function PatientBrowser({ initialQuery, initialPage, timeZone, permissions, slowed }: PatientBrowserProps) {
  const { search, setSearch, found, pending, problem, go } = usePatientSearch(initialQuery);
  const canCreate = permissions.includes('patients.create');
  const page = found?.page ?? initialPage;
  const query = found?.query ?? initialQuery;
  const neighbours = {
    previous: page.before ? { ...query, before: page.before, after: null } : null,
    next: page.after ? { ...query, after: page.after, before: null } : null,
  };
  const count = page.total > 1000 && (search || query.archived) ? 'More than 1,000' : formatNumber(page.total);

  return (
    <>
      <PageHeader
        title="Patients"
        subtitle={`${count} ${found ? 'found' : query.archived ? 'archived' : 'active'}`}
        actions={
          <>
            {permissions.includes('patients.import') && (
              <Button asChild variant="outline">
                <Link href="/patients/import">
                  <Upload aria-hidden /> Import
                </Link>
              </Button>
            )}
            {permissions.includes('exports.create') && <ExportPatients archived={query.archived} />}
            {canCreate && (
              <Button asChild>
                <Link href="/patients/new">
                  <Plus aria-hidden /> New patient
                </Link>
              </Button>
            )}
          </>
        }
      />
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <search className="relative min-w-0 flex-1 basis-64">
          <Search aria-hidden className="pointer-events-none absolute top-3 left-3 size-4 text-muted-foreground" />
          <Input
            type="search"
            aria-label="Search patients"
            placeholder="Name, phone, birth date, e-mail or id"
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            autoComplete="off"
            className="pl-9"
          />
        </search>
        <nav aria-label="Which patients" className="flex rounded-lg border bg-card p-0.5 text-sm">
          {[false, true].map((archived) => (
            <Link
              key={String(archived)}
              href={listAddress({ archived })}
              onClick={(event) => {
                if (!found) return;
                event.preventDefault();
                go({ ...query, archived, after: null, before: null });
              }}
              aria-current={query.archived === archived ? 'true' : undefined}
              className={cn(
                'rounded-md px-3 py-1.5 text-muted-foreground',
                query.archived === archived && 'bg-muted font-medium text-foreground',
              )}
            >
              {archived ? 'Archived' : 'Active'}
            </Link>
          ))}
        </nav>
      </div>
      {slowed && (
        <Alert kind="notice" className="mb-4">
          You have opened unusually many records, so each takes a while now. Wait a minute, or ask the owner to look at the security alerts.
        </Alert>
      )}
      {problem && (
        <Alert kind="error" className="mb-4">
          {problem}
        </Alert>
      )}
      <div aria-busy={pending} className={cn('transition-opacity', pending && 'opacity-60')}>
        {page.rows.length > 0 ? (
          <PatientTable rows={page.rows} timeZone={timeZone} query={query} onSort={found ? go : undefined} />
        ) : (
          <EmptyList searching={Boolean(found)} archived={query.archived} canCreate={canCreate} />
        )}
        <Pager
          previous={neighbours.previous && listAddress(neighbours.previous)}
          next={neighbours.next && listAddress(neighbours.next)}
          onGo={found && ((step) => go(neighbours[step] ?? query))}
        />
      </div>
      <p role="status" className="sr-only">
        {pending ? '' : found ? `${count} found` : ''}
      </p>
    </>
  );
}

function EmptyList({ searching, archived, canCreate }: { searching: boolean; archived: boolean; canCreate: boolean }) {
  const text = searching
    ? 'Nobody matches. Try the beginning of a name, a phone number or its last four digits, or a birth date such as 5/12/1980.'
    : archived
      ? 'No patient is archived.'
      : 'No patients yet.';
  return (
    <div className="flex flex-col items-center gap-4 rounded-xl border border-dashed px-6 py-14 text-center text-muted-foreground">
      <p className="max-w-sm">{text}</p>
      {!searching && !archived && canCreate && (
        <Button asChild>
          <Link href="/patients/new">Add the first patient</Link>
        </Button>
      )}
    </div>
  );
}
