'use client';

import { CodeField } from '@/components/access/code-field';
import { PasswordField } from '@/components/access/password-field';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextField } from '@/components/form/fields';
import { useServerAction } from '@/components/form/use-server-action';
import { Button } from '@/components/ui/button';
import { enterCode, signInToPlatform, signOutOfPlatform } from '@/lib/platform/actions';

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

/** The way out of the second step: another account, or a lost phone. */
export function StartAgain() {
  const { submit, pending, problem } = useServerAction(signOutOfPlatform);
  return (
    <div className="flex flex-col items-start gap-2 text-muted-foreground text-sm">
      <p>
        Without your phone you need a new link: <code>npm run admin:create</code> on the server makes one.
      </p>
      <Button variant="link" size="text" disabled={pending} onClick={() => submit({})}>
        Sign in with another account
      </Button>
      {problem && <p role="alert">{problem}</p>}
    </div>
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
