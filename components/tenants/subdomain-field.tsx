'use client';

import { useEffect, useId, useState } from 'react';
import { useFieldError } from '@/components/form/action-form';
import { cn } from '@/components/ui/cn';
import { isSubdomain } from '@/lib/infra/hosts';
import { type SubdomainStatus, subdomainProblem } from '@/lib/tenants/subdomain';

type Availability = SubdomainStatus | 'checking' | 'unknown';

/** Asks the server about a subdomain a third of a second after the last keystroke; a later answer never loses to an earlier one. */
function useAvailability(subdomain: string): Availability | undefined {
  const [answer, setAnswer] = useState<{ for: string; is: Availability }>();
  const wellFormed = isSubdomain(subdomain);

  useEffect(() => {
    if (!wellFormed) return;
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const response = await fetch(`/api/subdomain-availability?subdomain=${subdomain}`, { signal: abort.signal });
        const body: { status: SubdomainStatus } = await response.json();
        setAnswer({ for: subdomain, is: response.ok ? body.status : 'unknown' });
      } catch {
        if (!abort.signal.aborted) setAnswer({ for: subdomain, is: 'unknown' });
      }
    }, 300);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [subdomain, wellFormed]);

  if (subdomain === '') return undefined;
  if (!wellFormed) return 'malformed';
  return answer?.for === subdomain ? answer.is : 'checking';
}

type SubdomainFieldProps = { value: string; rootHost: string; onChange: (value: string) => void };

/** The clinic's future address, with its availability while it is typed. */
export function SubdomainField({ value, rootHost, onChange }: SubdomainFieldProps) {
  const id = useId();
  const availability = useAvailability(value);
  const refused = useFieldError('subdomain');
  const [refusedValue, setRefusedValue] = useState<{ message?: string; value: string }>({ value: '' });
  // A refusal is about the value that was sent; it goes away when another one is typed.
  if (refused !== refusedValue.message) setRefusedValue({ message: refused, value });
  const problem =
    (refused && refusedValue.value === value ? refused : undefined) ??
    (availability && availability !== 'checking' && availability !== 'unknown' ? subdomainProblem(availability) : undefined);

  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        Your clinic’s address
      </label>
      <div
        className={cn(
          'flex h-10 items-center rounded-lg border border-input bg-card shadow-xs focus-within:border-ring focus-within:ring-3 focus-within:ring-ring/50',
          problem && 'border-destructive',
        )}
      >
        <input
          id={id}
          name="subdomain"
          value={value}
          onChange={(event) => onChange(event.currentTarget.value.toLowerCase().trim())}
          aria-invalid={problem ? true : undefined}
          aria-describedby={`${id}-status`}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={63}
          required
          className="h-full min-w-0 flex-1 rounded-lg bg-transparent px-3 text-base outline-none md:text-sm"
        />
        <span className="shrink-0 pr-3 text-muted-foreground text-sm">.{rootHost}</span>
      </div>
      <p id={`${id}-status`} aria-live="polite" className={cn('min-h-5 text-sm', problem ? 'text-destructive' : 'text-muted-foreground')}>
        {problem ??
          (availability === 'available' ? (
            <span className="text-primary">
              ✓ {value}.{rootHost} is free
            </span>
          ) : availability === 'checking' ? (
            'Checking …'
          ) : availability === 'unknown' ? (
            'Availability could not be checked right now.'
          ) : (
            'Proposed from the name; change it as you like. It stays yours.'
          ))}
      </p>
    </div>
  );
}
