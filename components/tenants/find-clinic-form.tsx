'use client';

import { useState } from 'react';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextField } from '@/components/form/fields';
import { Alert } from '@/components/ui/alert';
import { findClinics } from '@/lib/tenants/actions';

export function FindClinicForm() {
  const [sentTo, setSentTo] = useState<string>();
  if (sentTo) return <Alert kind="success">If {sentTo} belongs to somebody at a clinic, a mail with the address is on its way.</Alert>;
  return (
    <ActionForm action={findClinics} onDone={({ email }) => setSentTo(email)} className="flex flex-col gap-5">
      <TextField name="email" label="E-mail" type="email" autoComplete="username" required />
      <SubmitButton>Send me the address</SubmitButton>
    </ActionForm>
  );
}
