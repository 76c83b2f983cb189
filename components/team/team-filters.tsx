'use client';

import { Search } from 'lucide-react';
import Form from 'next/form';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { Input, inputClasses } from '@/components/ui/input';
import type { RoleSummary, TeamQuery } from '@/lib/team/schema';

/** Search and filters of the people; all of it stands in the address. */
export function TeamFilters({ query, roles }: { query: TeamQuery; roles: RoleSummary[] }) {
  const select = cn(inputClasses, 'h-10');
  return (
    <Form
      // What the address says counts, also after going back.
      key={JSON.stringify(query)}
      action="/team"
      prefetch={false}
      className="mb-4 grid grid-cols-2 gap-3 sm:grid-cols-[2fr_1fr_1fr]"
    >
      <search className="col-span-2 flex gap-2 sm:col-span-1">
        <Input
          type="search"
          name="search"
          aria-label="Search people"
          placeholder="Name or e-mail"
          defaultValue={query.search}
          maxLength={100}
        />
        <Button type="submit" variant="outline" aria-label="Search">
          <Search aria-hidden />
        </Button>
      </search>
      <select
        name="role"
        aria-label="Role"
        defaultValue={query.role ?? ''}
        className={select}
        onChange={(event) => event.currentTarget.form?.requestSubmit()}
      >
        <option value="">Any role</option>
        {roles.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <select
        name="status"
        aria-label="Status"
        defaultValue={query.status ?? ''}
        className={select}
        onChange={(event) => event.currentTarget.form?.requestSubmit()}
      >
        <option value="">Any status</option>
        <option value="active">Active</option>
        <option value="deactivated">Deactivated</option>
      </select>
    </Form>
  );
}
