'use client';

import { X } from 'lucide-react';
import Form from 'next/form';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { inputClasses } from '@/components/ui/input';
import { Link } from '@/components/ui/link';
import { auditAddress } from '@/lib/audit/address';
import type { AuditChoices, AuditQuery } from '@/lib/audit/schema';

const control = cn(inputClasses, 'h-10 min-w-0');

/** Filters of the log; all of them stand in the address, and follow it. */
export function AuditFilters({ query, choices }: { query: AuditQuery; choices: AuditChoices }) {
  const isFiltered = query.person || query.action || query.from || query.to;
  return (
    <Form key={auditAddress(query)} action="/activity" prefetch={false} className="mb-4 grid grid-cols-2 items-end gap-3 lg:flex">
      {query.record && <input type="hidden" name="record" value={query.record} />}
      <select name="person" aria-label="Person" defaultValue={query.person ?? ''} className={cn(control, 'lg:w-48')}>
        <option value="">Anybody</option>
        {query.person && !choices.people.some(({ id }) => id === query.person) && <option value={query.person}>Somebody else</option>}
        {choices.people.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <select name="action" aria-label="What" defaultValue={query.action ?? ''} className={cn(control, 'lg:w-60')}>
        <option value="">Anything</option>
        {choices.actions.map(({ action, label }) => (
          <option key={action} value={action}>
            {label}
          </option>
        ))}
      </select>
      {(['from', 'to'] as const).map((name) => (
        <label
          key={name}
          className="flex min-w-0 flex-col gap-1 text-muted-foreground text-xs lg:flex-row lg:items-center lg:gap-2 lg:text-sm"
        >
          {name === 'from' ? 'From' : 'To'}
          <input type="date" name={name} defaultValue={query[name] ?? ''} className={cn(control, 'text-foreground lg:w-40')} />
        </label>
      ))}
      <Button type="submit" variant="outline">
        Show
      </Button>
      {(isFiltered || query.record) && (
        <Button asChild variant="ghost">
          <Link href={auditAddress({})}>
            <X aria-hidden /> Everything
          </Link>
        </Button>
      )}
    </Form>
  );
}
