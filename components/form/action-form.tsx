'use client';

import { createContext, type FormEvent, type ReactNode, useContext, useEffect, useRef } from 'react';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { useHydrated } from '@/components/ui/use-hydrated';
import type { FormState } from '@/lib/infra/form-state';
import { formValues } from './form-values';
import { useServerAction } from './use-server-action';
import { WayOut } from './way-out';

type FormContext = { fields: Record<string, string>; pending: boolean };
const Context = createContext<FormContext>({ fields: {}, pending: false });

/** What the server said about a field of the surrounding form. */
export function useFieldError(name: string): string | undefined {
  return useContext(Context).fields[name];
}

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
  const { state, submit, pending, problem, code } = useServerAction(action, onDone);
  const fields = state.status === 'error' ? state.fields : {};

  useEffect(() => {
    if (state.status !== 'error') return;
    const invalid = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    (invalid ?? form.current?.querySelector<HTMLElement>('[data-form-error]'))?.focus();
  }, [state]);

  function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!pending) submit(formValues(new FormData(event.currentTarget)));
  }

  return (
    // Posts even before scripts run, so that nothing typed can land in an address.
    <form ref={form} method="post" noValidate onSubmit={send} className={className}>
      {problem && (
        <div data-form-error tabIndex={-1} className="outline-none">
          <Alert kind="error">
            {problem}
            <WayOut code={code} />
          </Alert>
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
