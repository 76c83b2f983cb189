'use client';

import { PasswordField } from '@/components/access/password-field';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextField } from '@/components/form/fields';
import { enterCode, signInToPlatform } from '@/lib/platform/actions';
import { CodeField } from './code-field';

/** The first step into the platform. */
export function PlatformSignInForm() {
  return (
    <ActionForm action={signInToPlatform} className="flex flex-col gap-5">
      <TextField name="email" label="E-mail" type="email" autoComplete="username" required />
      <PasswordField name="password" label="Password" />
      <SubmitButton>Go on</SubmitButton>
    </ActionForm>
  );
}

/** The second step into the platform. */
export function SecondFactorForm() {
  return (
    <ActionForm action={enterCode} className="flex flex-col gap-5">
      <CodeField />
      <SubmitButton>Sign in</SubmitButton>
    </ActionForm>
  );
}
