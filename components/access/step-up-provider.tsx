'use client';

import { type ReactNode, useCallback, useRef, useState } from 'react';
import { CodeField } from '@/components/access/code-field';
import { ActionForm, SubmitButton } from '@/components/form/action-form';
import { StepUpContext } from '@/components/form/use-step-up';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { proveAgain } from '@/lib/access/second-factor-actions';

/** Asks for the second factor where an action of the pages inside needs a fresh proof. */
export function StepUpProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<{ answer: (proven: boolean) => void }>();
  const waiting = useRef<Promise<boolean>>(undefined);
  const ask = useCallback(() => {
    // Who asks while it is asked gets the same answer.
    waiting.current ??= new Promise<boolean>((answer) => setAsked({ answer }));
    return waiting.current;
  }, []);
  const close = (proven: boolean) => {
    waiting.current = undefined;
    asked?.answer(proven);
    setAsked(undefined);
  };
  return (
    <StepUpContext value={ask}>
      {children}
      {asked && (
        <Dialog title="Your code once more" onClose={() => close(false)}>
          <p className="mt-2 text-sm">This needs a fresh proof that it is you; it holds for ten minutes.</p>
          <ActionForm action={proveAgain} onDone={() => close(true)} className="mt-5 flex flex-col gap-5">
            <CodeField accepts="any" autoFocus />
            <div className="flex flex-wrap justify-end gap-2">
              <Button variant="outline" onClick={() => close(false)}>
                Cancel
              </Button>
              <SubmitButton>Go on</SubmitButton>
            </div>
          </ActionForm>
        </Dialog>
      )}
    </StepUpContext>
  );
}
