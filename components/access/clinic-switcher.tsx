'use client';

import { useServerAction } from '@/components/form/use-server-action';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { useHydrated } from '@/components/ui/use-hydrated';
import { switchClinic } from '@/lib/access/actions';
import type { OwnClinic } from '@/lib/access/queries';

/** The person's clinics, with the way to each. */
export function ClinicSwitcher({ clinics }: { clinics: OwnClinic[] }) {
  const { submit, pending, problem } = useServerAction(switchClinic);
  const hydrated = useHydrated();
  return (
    <>
      {problem && (
        <p role="alert" className="mb-4 text-destructive text-sm">
          {problem}
        </p>
      )}
      <ul className="divide-y overflow-hidden rounded-xl border bg-card shadow-xs">
        {clinics.map(({ slug, name, role, current }) => (
          <li key={slug} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-3">
            <div className="min-w-0 flex-1 basis-48 text-sm">
              <p className="wrap-anywhere font-medium">{name}</p>
              <p className="mt-0.5 text-muted-foreground">{role}</p>
            </div>
            {current ? (
              <Badge>You are here</Badge>
            ) : (
              <Button
                variant="outline"
                size="sm"
                disabled={pending || !hydrated}
                aria-label={`Go to ${name}`}
                onClick={() => submit({ slug })}
              >
                Go
              </Button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
