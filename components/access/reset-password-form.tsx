'use client';

import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { Alert } from '@/components/ui/alert';
import { Link } from '@/components/ui/link';
import { resetPassword } from '@/lib/access/actions';
import { CodeWhenAsked } from './code-when-asked';
import { PasswordField } from './password-field';
import { useFragment } from './use-fragment';

export function ResetPasswordForm() {
  const token = useFragment();
  if (token === null) {
    return (
      <>
        <Alert kind="error">This link is not complete. Open it from the mail again, or ask for a new one.</Alert>
        <Link href="/forgot-password" className="self-start text-primary text-sm underline-offset-4 hover:underline">
          Ask for a new link
        </Link>
      </>
    );
  }
  return (
    <ActionForm action={resetPassword} className="flex flex-col gap-5">
      <input type="hidden" name="token" value={token ?? ''} />
      <PasswordField name="password" label="New password" isNew />
      <CodeWhenAsked />
      <p className="text-muted-foreground text-sm">All your other sessions end when you save.</p>
      <SubmitButton>Save and sign in</SubmitButton>
    </ActionForm>
  );
}
