'use client';

import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { proveSecondFactor } from '@/lib/access/second-factor-actions';
import { CodeField } from './code-field';

/** The second step of signing in at a clinic. */
export function SecondFactorForm() {
  return (
    <ActionForm action={proveSecondFactor} className="flex flex-col gap-5">
      <CodeField accepts="any" autoFocus />
      <SubmitButton>Sign in</SubmitButton>
    </ActionForm>
  );
}
