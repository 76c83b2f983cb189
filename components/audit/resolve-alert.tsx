'use client';

import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { TextareaField } from '@/components/form/fields';
import { resolveAlert } from '@/lib/audit/actions';

/** Closes an alert with a note. */
export function ResolveAlert({ alert, title }: { alert: string; title: string }) {
  return (
    <ActionForm action={resolveAlert} className="mt-4 flex flex-col items-start gap-3 border-t pt-4">
      <input type="hidden" name="alert" value={alert} />
      <TextareaField name="note" label="Note" hint="What it was, and what you did about it." maxLength={500} className="w-full max-w-xl" />
      <SubmitButton variant="outline" aria-label={`Close the alert “${title}”`}>
        Close the alert
      </SubmitButton>
    </ActionForm>
  );
}
