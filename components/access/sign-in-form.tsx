'use client';

import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextField } from '@/components/form/fields';
import { Link } from '@/components/ui/link';
import { signIn } from '@/lib/access/actions';
import { PasswordField } from './password-field';

export function SignInForm() {
  return (
    <ActionForm action={signIn} className="flex flex-col gap-5">
      <TextField name="email" label="E-mail" type="email" autoComplete="username" required />
      <PasswordField name="password" label="Password" />
      <SubmitButton>Sign in</SubmitButton>
      <Link href="/forgot-password" className="self-start text-primary text-sm underline-offset-4 hover:underline">
        Forgot your password?
      </Link>
    </ActionForm>
  );
}
