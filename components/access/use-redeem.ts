'use client';

import { useEffect, useRef } from 'react';
import { useServerAction } from '@/components/form/use-server-action';
import type { FormState } from '@/lib/infra/form-state';
import { useFragment } from './use-fragment';

const incomplete = {
  status: 'error',
  code: 'invalid_input',
  message: 'This link is not complete. Please open it from the mail again.',
  fields: {},
} as const;

/** Hands the secret of this page's address to an action, once; `idle` while the answer is awaited. */
export function useRedeem<T>(redeem: (secret: string) => Promise<FormState<T>>): FormState<T> {
  const secret = useFragment();
  const { state, submit } = useServerAction(redeem);
  const started = useRef(false);

  useEffect(() => {
    if (!secret || started.current) return;
    started.current = true;
    submit(secret);
  });

  return secret === null ? incomplete : state;
}
