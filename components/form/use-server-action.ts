'use client';

import { unstable_rethrow } from 'next/navigation';
import { useEffect, useState, useTransition } from 'react';
import { type FormState, isDestination } from '@/lib/infra/form-state';
import { useStepUp } from './use-step-up';

const unreachable = {
  status: 'error',
  code: 'unavailable',
  message: 'The service could not be reached. Check your connection and try again; what you typed is still here.',
  fields: {},
} as const;

/** Runs a server action, asks for the second factor where it needs a fresh proof, goes where it leads, and stays `pending` until the browser has left. */
export function useServerAction<Input, T>(run: (input: Input) => Promise<FormState<T>>, onDone?: (data: T) => void) {
  const askForProof = useStepUp();
  const [state, setState] = useState<FormState<T>>({ status: 'idle' });
  const [waiting, startTransition] = useTransition();
  const [leaving, setLeaving] = useState(false);

  useEffect(() => {
    // The browser may bring this very page back, as it was when it left.
    const back = (event: PageTransitionEvent) => event.persisted && setLeaving(false);
    window.addEventListener('pageshow', back);
    return () => window.removeEventListener('pageshow', back);
  }, []);

  function submit(input: Input) {
    startTransition(async () => {
      try {
        let next = await run(input);
        if (next.status === 'error' && next.code === 'step_up' && (await askForProof())) next = await run(input);
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

  const failed = state.status === 'error' ? state : undefined;
  return { state, submit, pending: waiting || leaving, problem: failed?.message, code: failed?.code };
}
