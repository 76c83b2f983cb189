'use client';

import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextField } from '@/components/form/fields';
import { changeName } from '@/lib/access/actions';

export function ChangeNameForm({ name }: { name: string }) {
  return (
    <ActionForm action={changeName} className="flex flex-col gap-4">
      <TextField name="fullName" label="Your name" defaultValue={name} autoComplete="name" maxLength={100} required />
      <SubmitButton className="self-start">Save name</SubmitButton>
    </ActionForm>
  );
}
