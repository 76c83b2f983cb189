'use client';

import { useState } from 'react';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { Alert } from '@/components/ui/alert';
import { changePassword } from '@/lib/access/actions';
import { CodeField } from './code-field';
import { PasswordField } from './password-field';

export function ChangePasswordForm({ withCode }: { withCode: boolean }) {
  const [changes, setChanges] = useState(0);
  return (
    <div className="flex flex-col gap-5">
      {changes > 0 && <Alert kind="success">Your password is changed. Your other sessions have ended.</Alert>}
      {/* A new key empties the fields after a change, and only then. */}
      <ActionForm key={changes} action={changePassword} onDone={() => setChanges(changes + 1)} className="flex flex-col gap-5">
        <PasswordField name="currentPassword" label="Current password" />
        <PasswordField name="password" label="New password" isNew />
        {withCode && <CodeField />}
        <SubmitButton className="self-start">Change password</SubmitButton>
      </ActionForm>
    </div>
  );
}
