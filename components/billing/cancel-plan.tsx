'use client';

import { useState } from 'react';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { SelectField, TextareaField } from '@/components/form/fields';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { useHydrated } from '@/components/ui/use-hydrated';
import { cancel } from '@/lib/billing/actions';
import { cancelReasons } from '@/lib/billing/schema';

/** Cancels the plan, with a reason. */
export function CancelPlan({ plan, until }: { plan: string; until: string }) {
  const [open, setOpen] = useState(false);
  const hydrated = useHydrated();
  return (
    <>
      <Button variant="ghost" disabled={!hydrated} onClick={() => setOpen(true)}>
        Cancel the plan
      </Button>
      {open && (
        <Dialog title="Cancel the plan?" onClose={() => setOpen(false)}>
          <p className="mt-2 mb-4 text-muted-foreground text-sm">
            {plan} goes on until {until}. Then the clinic continues on Free, if Free holds all it has. Nothing is deleted, and you can
            resume until then.
          </p>
          <ActionForm action={cancel} className="flex flex-col gap-4">
            <SelectField name="reason" label="Why do you leave?" defaultValue="">
              <option value="" disabled>
                Choose a reason
              </option>
              {Object.entries(cancelReasons).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </SelectField>
            <TextareaField name="comment" label="What could we do better? (optional)" maxLength={500} />
            <div className="flex flex-wrap justify-end gap-2">
              <Button variant="outline" onClick={() => setOpen(false)}>
                Keep the plan
              </Button>
              <SubmitButton>Cancel the plan</SubmitButton>
            </div>
          </ActionForm>
        </Dialog>
      )}
    </>
  );
}
