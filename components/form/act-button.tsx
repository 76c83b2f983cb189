'use client';

import type { ComponentProps } from 'react';
import { Button } from '@/components/ui/button';
import { useHydrated } from '@/components/ui/use-hydrated';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { useServerAction } from './use-server-action';
import { WayOut } from './way-out';

type ActButtonProps = {
  label: string;
  action: (input: unknown) => Promise<FormState<Destination>>;
  input?: Record<string, unknown>;
  /** What a screen reader says, where many buttons say the same. */
  name?: string;
} & Pick<ComponentProps<typeof Button>, 'variant' | 'size' | 'className'>;

/** A button that acts at once, and says beneath it what went wrong. */
export function ActButton({ label, action, input = {}, name, ...look }: ActButtonProps) {
  const { submit, pending, problem, code } = useServerAction(action);
  const hydrated = useHydrated();
  return (
    <span className="flex min-w-0 flex-col gap-2">
      <Button aria-label={name} disabled={pending || !hydrated} aria-busy={pending} onClick={() => submit(input)} {...look}>
        {pending ? 'One moment …' : label}
      </Button>
      {problem && (
        <span role="alert" className="text-destructive text-sm">
          {problem}
          <WayOut code={code} />
        </span>
      )}
    </span>
  );
}
