'use client';

import { useState } from 'react';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextField } from '@/components/form/fields';
import { Alert } from '@/components/ui/alert';
import { changeEmail } from '@/lib/access/actions';
import { PasswordField } from './password-field';

/** Asks for another address; it becomes the person's when they open the link that goes there. */
export function ChangeEmailForm() {
  const [sent, setSent] = useState<string>();
  return (
    <>
      {sent && (
        <Alert kind="success">
          If <span className="break-all">{sent}</span> is free, a mail with a link is on its way there. Until you open it, your address
          stays as it is.
        </Alert>
      )}
      <ActionForm key={sent} action={changeEmail} onDone={({ email }) => setSent(email)} className="flex flex-col gap-4">
        <TextField name="email" label="New e-mail address" type="email" autoComplete="email" maxLength={254} required />
        <PasswordField name="currentPassword" label="Your password" />
        <SubmitButton className="self-start">Change e-mail</SubmitButton>
      </ActionForm>
    </>
  );
}
