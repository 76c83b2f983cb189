'use client';

import { Search } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useEffect, useId, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import { Input, inputClasses } from '@/components/ui/input';
import { clinicListAddress } from '@/lib/platform/list-address';
import { type ClinicQuery, clinicQuerySchema, clinicSorts, clinicStatuses, holdKinds } from '@/lib/platform/schema';

type ChoiceProps = { label: string; value: string | undefined; options: Record<string, string>; onChoose: (value: string) => void };

function Choice({ label, value, options, onChoose }: ChoiceProps) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="text-muted-foreground text-xs">
        {label}
      </label>
      <select id={id} value={value ?? ''} className={cn(inputClasses, 'h-10')} onChange={(event) => onChoose(event.currentTarget.value)}>
        {Object.entries(options).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Search, filters and order of the list of clinics; all of it stands in the address. */
export function ClinicFilters({ query, plans }: { query: ClinicQuery; plans: { key: string; name: string }[] }) {
  const router = useRouter();
  const [draft, setDraft] = useState(query);
  const address = clinicListAddress({ ...query, page: 1 });
  const asked = useRef(address);

  useEffect(() => {
    // A list that was not asked for here came by a link or by going back; otherwise what is being typed stays.
    if (address !== asked.current) setDraft(query);
    asked.current = address;
  }, [address, query]);

  function show(change: Partial<Record<keyof ClinicQuery, string>> = {}) {
    const said = Object.entries({ ...draft, ...change, page: '1' }).filter(([, value]) => value !== '');
    const next = clinicQuerySchema.parse(Object.fromEntries(said));
    setDraft(next);
    asked.current = clinicListAddress(next);
    router.push(asked.current);
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        show();
      }}
      className="mb-4 grid grid-cols-2 items-end gap-3 sm:grid-cols-4 lg:grid-cols-[2fr_1fr_1fr_1fr_1fr]"
    >
      <search className="col-span-2 flex gap-2 sm:col-span-4 lg:col-span-1">
        <Input
          type="search"
          aria-label="Search clinics"
          placeholder="Name, subdomain or e-mail"
          value={draft.search}
          maxLength={100}
          onChange={(event) => setDraft({ ...draft, search: event.currentTarget.value })}
        />
        <Button type="submit" variant="outline" aria-label="Search">
          <Search aria-hidden />
        </Button>
      </search>
      <Choice label="Status" value={draft.status} options={{ '': 'Any', ...clinicStatuses }} onChoose={(status) => show({ status })} />
      <Choice
        label="Plan"
        value={draft.plan}
        options={{ '': 'Any', ...Object.fromEntries(plans.map(({ key, name }) => [key, name])) }}
        onChoose={(plan) => show({ plan })}
      />
      <Choice
        label="Hold"
        value={draft.hold}
        options={{ '': 'With or without', none: 'Not on hold', open: 'On hold', ...holdKinds }}
        onChoose={(hold) => show({ hold })}
      />
      <Choice label="Order" value={draft.sort} options={clinicSorts} onChoose={(sort) => show({ sort })} />
    </form>
  );
}
