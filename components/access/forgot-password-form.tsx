'use client';

import { useState } from 'react';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextField } from '@/components/form/fields';
import { Alert } from '@/components/ui/alert';
import { Link } from '@/components/ui/link';
import { requestReset } from '@/lib/access/actions';

export function ForgotPasswordForm() {
  const [sentTo, setSentTo] = useState<string>();
  return (
    <>
      {sentTo ? (
        <Alert kind="success">
          If {sentTo} belongs to a member of this clinic, a mail with a link is on its way. It works for one hour.
        </Alert>
      ) : (
        <ActionForm action={requestReset} onDone={({ email }) => setSentTo(email)} className="flex flex-col gap-5">
          <p className="text-muted-foreground text-sm">We send a link to your address; it lets you choose a new password.</p>
          <TextField name="email" label="E-mail" type="email" autoComplete="username" required />
          <SubmitButton>Send the link</SubmitButton>
        </ActionForm>
      )}
      <Link href="/login" className="self-start text-primary text-sm underline-offset-4 hover:underline">
        Back to sign-in
      </Link>
    </>
  );
}
