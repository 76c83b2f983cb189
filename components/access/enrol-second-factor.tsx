'use client';

import { useState } from 'react';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import type { Enrolment } from '@/lib/access/second-factor';
import { beginSecondFactor, completeSecondFactor } from '@/lib/access/second-factor-actions';
import { AuthenticatorPicture } from './authenticator-picture';
import { CodeField } from './code-field';
import { PasswordField } from './password-field';
import { RecoveryCodes } from './recovery-codes';

/**
 * Sets a second factor up: the password, the recovery codes, the authenticator app. Nothing is on before its first code, so the codes
 * come first: whoever turns it on has kept them.
 */
export function EnrolSecondFactor() {
  const [enrolment, setEnrolment] = useState<Enrolment>();
  const [kept, setKept] = useState(false);
  if (!enrolment) {
    return (
      <ActionForm key="password" action={beginSecondFactor} onDone={setEnrolment} className="flex flex-col gap-5">
        <PasswordField name="currentPassword" label="Confirm your password" />
        <SubmitButton className="self-start">Set up an authenticator app</SubmitButton>
      </ActionForm>
    );
  }
  if (!kept)
    return (
      <RecoveryCodes
        codes={enrolment.codes}
        notice="They work from when the authenticator app is set up, which comes next."
        onDone={() => setKept(true)}
      />
    );
  return (
    <ActionForm key="code" action={completeSecondFactor} className="flex flex-col gap-5">
      <AuthenticatorPicture picture={enrolment.picture} secret={enrolment.secret} />
      <input type="hidden" name="ticket" value={enrolment.ticket} />
      <CodeField autoFocus />
      <SubmitButton className="self-start">Turn it on</SubmitButton>
    </ActionForm>
  );
}
