'use client';

import { unstable_rethrow } from 'next/navigation';
import { createContext, type FormEvent, type ReactNode, useContext, useEffect, useRef, useState, useTransition } from 'react';
import { useHydrated } from '@/components/layout/use-hydrated';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { type FormState, isDestination } from '@/lib/infra/form-state';

type FormContext = { fields: Record<string, string>; pending: boolean };
const Context = createContext<FormContext>({ fields: {}, pending: false });

/** What the server said about a field of the surrounding form. */
export function useFieldError(name: string): string | undefined {
  return useContext(Context).fields[name];
}

const unreachable = {
  status: 'error',
  code: 'unavailable',
  message: 'The service could not be reached. Check your connection and try again; what you typed is still here.',
  fields: {},
} as const;

type ActionFormProps<T> = {
  action: (input: unknown) => Promise<FormState<T>>;
  /** Called with the answer of an action that does not lead elsewhere. */
  onDone?: (data: T) => void;
  children: ReactNode;
  className?: string;
};

/** A form around a server action: waits, shows what was refused beside its field, and keeps everything that was typed. */
export function ActionForm<T>({ action, onDone, children, className }: ActionFormProps<T>) {
  const form = useRef<HTMLFormElement>(null);
  const [state, setState] = useState<FormState<T>>({ status: 'idle' });
  const [waiting, startTransition] = useTransition();
  const [leaving, setLeaving] = useState(false);
  const pending = waiting || leaving;
  const fields = state.status === 'error' ? state.fields : {};

  useEffect(() => {
    if (state.status !== 'error') return;
    const invalid = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    (invalid ?? form.current?.querySelector<HTMLElement>('[data-form-error]'))?.focus();
  }, [state]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const input = Object.fromEntries(new FormData(event.currentTarget));
    startTransition(async () => {
      try {
        const next = await action(input);
        setState(next);
        if (next.status !== 'ok') return;
        if (isDestination(next.data)) {
          setLeaving(true);
          window.location.assign(next.data.to);
        } else onDone?.(next.data);
      } catch (error) {
        unstable_rethrow(error);
        setState(unreachable);
      }
    });
  }

  return (
    // Posts even before scripts run, so that nothing typed can land in an address.
    <form ref={form} method="post" noValidate onSubmit={submit} className={className}>
      {state.status === 'error' && (
        <div data-form-error tabIndex={-1} className="outline-none">
          <Alert kind="error">{state.message}</Alert>
        </div>
      )}
      <Context value={{ fields, pending }}>{children}</Context>
    </form>
  );
}

/** The form's submit button; it waits for scripts and for the answer. */
export function SubmitButton({ children, ...props }: Omit<Parameters<typeof Button>[0], 'type' | 'disabled'>) {
  const { pending } = useContext(Context);
  const hydrated = useHydrated();
  return (
    <Button type="submit" disabled={pending || !hydrated} aria-busy={pending} {...props}>
      {pending ? 'One moment …' : children}
    </Button>
  );
}
