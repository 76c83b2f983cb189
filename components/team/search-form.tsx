'use client';

import { Search } from 'lucide-react';
import Form from 'next/form';
import { type ReactNode, useEffect, useRef } from 'react';
import { Button } from '@/components/ui/button';
import { Input } from '@/components/ui/input';

type SearchFormProps = { action: string; label: string; placeholder: string; search: string; children?: ReactNode };

/** A search with filters beside it; all of it stands in the address, and follows it when somebody goes back. */
export function SearchForm({ action, label, placeholder, search, children }: SearchFormProps) {
  const form = useRef<HTMLFormElement>(null);
  // The defaults are the address's; a form that stays on the page does not take them over by itself.
  useEffect(() => form.current?.reset());
  return (
    <Form ref={form} action={action} prefetch={false} className="mb-4 grid grid-cols-2 gap-3 sm:flex">
      {children}
      <search className="order-first col-span-2 flex min-w-0 flex-1 gap-2">
        <Input type="search" name="search" aria-label={label} placeholder={placeholder} defaultValue={search} maxLength={100} />
      </search>
      <Button type="submit" variant="outline" className="col-span-2">
        <Search aria-hidden /> Search
      </Button>
    </Form>
  );
}
