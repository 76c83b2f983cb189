'use client';

import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextareaField } from '@/components/form/fields';
import { liftHold, placeHold } from '@/lib/platform/actions';

/** Pauses a clinic, or ends the pause, each with a reason. */
export function HoldForm({ clinic, held }: { clinic: string; held: boolean }) {
  return (
    <ActionForm key={String(held)} action={held ? liftHold : placeHold} className="flex flex-col gap-4">
      <input type="hidden" name="clinic" value={clinic} />
      <TextareaField
        name="reason"
        label={held ? 'Why the hold is lifted' : 'Why the clinic is put on hold'}
        maxLength={500}
        required
        hint={
          held
            ? 'Kept in the history. The clinic’s people can sign in again at once.'
            : 'The owner reads this. Staff are signed out at once; the owner can still see the plan and export.'
        }
      />
      <SubmitButton variant={held ? 'primary' : 'outline'} className="self-start">
        {held ? 'Lift the hold' : 'Put on hold'}
      </SubmitButton>
    </ActionForm>
  );
}
