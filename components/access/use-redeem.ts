'use client';

import { unstable_rethrow } from 'next/navigation';
import { useEffect, useRef, useState, useTransition } from 'react';
import { type FormState, isDestination } from '@/lib/infra/form-state';
import { useFragment } from './use-fragment';

const failed = (message: string) => ({ status: 'error', code: 'invalid_input', message, fields: {} }) as const;

/** Hands the secret of this page's address to an action, once; `idle` while the answer is awaited. */
export function useRedeem<T>(redeem: (secret: string) => Promise<FormState<T>>): FormState<T> {
  const secret = useFragment();
  const [state, setState] = useState<FormState<T>>({ status: 'idle' });
  const [, startTransition] = useTransition();
  const started = useRef(false);

  useEffect(() => {
    if (!secret || started.current) return;
    started.current = true;
    startTransition(async () => {
      try {
        const next = await redeem(secret);
        if (next.status === 'ok' && isDestination(next.data)) window.location.assign(next.data.to);
        else setState(next);
      } catch (error) {
        unstable_rethrow(error);
        setState(failed('The service could not be reached. Please open the link again.'));
      }
    });
  }, [secret, redeem]);

  return secret === null ? failed('This link is not complete. Please open it from the mail again.') : state;
}
