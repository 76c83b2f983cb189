'use client';

import { useState } from 'react';
import { AuthenticatorPicture } from '@/components/access/authenticator-picture';
import { CodeField } from '@/components/access/code-field';
import { PasswordField } from '@/components/access/password-field';
import { useFragment } from '@/components/access/use-fragment';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { Alert } from '@/components/ui/alert';
import { acceptInvite, confirmEnrolment } from '@/lib/platform/actions';
import type { Enrolment } from '@/lib/platform/commands';

/** A new administrator's first visit: choose a password, then set up the authenticator app. */
export function WelcomeForm() {
  const token = useFragment();
  const [enrolment, setEnrolment] = useState<Enrolment>();
  if (token === null) {
    return (
      <Alert kind="error">
        Open the whole link from the terminal, once more if you have reloaded this page: it stays good until you have finished, for 24 hours
        at most. <code>npm run admin:create</code> makes a new one.
      </Alert>
    );
  }
  if (!enrolment) {
    return (
      <ActionForm action={acceptInvite} onDone={setEnrolment} className="flex flex-col gap-5">
        <input type="hidden" name="token" value={token ?? ''} />
        <PasswordField name="password" label="New password" isNew />
        <p className="text-muted-foreground text-sm">Next you set up an authenticator app on your phone.</p>
        <SubmitButton>Save and go on</SubmitButton>
      </ActionForm>
    );
  }
  return (
    <ActionForm action={confirmEnrolment} className="flex flex-col gap-5">
      <AuthenticatorPicture picture={enrolment.picture} secret={enrolment.secret} />
      <input type="hidden" name="token" value={token ?? ''} />
      <input type="hidden" name="factor" value={enrolment.factor} />
      <CodeField />
      <SubmitButton>Finish</SubmitButton>
    </ActionForm>
  );
}
