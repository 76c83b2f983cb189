'use client';

import { type ComponentProps, type ReactNode, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { useServerAction } from './use-server-action';

type ConfirmButtonProps = {
  label: string;
  title: string;
  /** What will happen, for somebody who has to decide. */
  children: ReactNode;
  /** What the deciding button says. */
  confirm: string;
  action: (input: unknown) => Promise<FormState<Destination>>;
  input: Record<string, unknown>;
} & Pick<ComponentProps<typeof Button>, 'variant' | 'size'>;

/** A button whose action is asked for once more before it runs. */
export function ConfirmButton({ label, title, children, confirm, action, input, variant = 'outline', size }: ConfirmButtonProps) {
  const [open, setOpen] = useState(false);
  const { submit, pending, problem } = useServerAction(action);
  return (
    <>
      <Button variant={variant} size={size} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {open && (
        <Dialog title={title} role="alertdialog" onClose={() => setOpen(false)}>
          <div className="mt-2 flex flex-col gap-3 text-sm">{children}</div>
          {problem && (
            <p role="alert" className="mt-3 text-destructive text-sm">
              {problem}
            </p>
          )}
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            <Button variant="outline" onClick={() => setOpen(false)}>
              Cancel
            </Button>
            <Button disabled={pending} onClick={() => submit(input)}>
              {pending ? 'One moment …' : confirm}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
