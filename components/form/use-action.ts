'use client';

import { unstable_rethrow } from 'next/navigation';
import { useState, useTransition } from 'react';
import { type FormState, isDestination } from '@/lib/infra/form-state';

/** Runs an action that has no form, goes where it leads, and keeps what was wrong as a sentence. */
export function useAction<T>(run: () => Promise<FormState<T>>, onDone?: (data: T) => void) {
  const [pending, startTransition] = useTransition();
  const [problem, setProblem] = useState<string>();

  function start() {
    startTransition(async () => {
      try {
        const state = await run();
        setProblem(state.status === 'error' ? state.message : undefined);
        if (state.status !== 'ok') return;
        if (isDestination(state.data)) window.location.assign(state.data.to);
        else onDone?.(state.data);
      } catch (error) {
        unstable_rethrow(error);
        setProblem('The service could not be reached. Please try again.');
      }
    });
  }

  return { start, pending, problem };
}
