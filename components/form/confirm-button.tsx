'use client';

import { type ComponentProps, type ReactNode, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { useHydrated } from '@/components/ui/use-hydrated';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { useServerAction } from './use-server-action';
import { WayOut } from './way-out';

type Question = {
  title: string;
  /** What will happen, for somebody who has to decide. */
  children: ReactNode;
  /** What the deciding button says. */
  confirm: string;
  action: (input: unknown) => Promise<FormState<Destination>>;
  input: Record<string, unknown>;
};

function ConfirmDialog({ title, children, confirm, action, input, onClose }: Question & { onClose: () => void }) {
  const { submit, pending, problem, code } = useServerAction(action);
  const leave = () => !pending && onClose();
  return (
    <Dialog title={title} role="alertdialog" onClose={leave}>
      <div className="mt-2 flex flex-col gap-3 text-sm">{children}</div>
      {problem && (
        <p role="alert" className="mt-3 text-destructive text-sm">
          {problem}
          <WayOut code={code} />
        </p>
      )}
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button variant="outline" disabled={pending} onClick={leave}>
          Cancel
        </Button>
        <Button disabled={pending} onClick={() => submit(input)}>
          {pending ? 'One moment …' : confirm}
        </Button>
      </div>
    </Dialog>
  );
}

/** A button whose action is asked for once more before it runs. */
export function ConfirmButton({
  label,
  variant = 'outline',
  ...question
}: Question & { label: string } & Pick<ComponentProps<typeof Button>, 'variant'>) {
  const [open, setOpen] = useState(false);
  const hydrated = useHydrated();
  return (
    <>
      <Button variant={variant} disabled={!hydrated} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {open && <ConfirmDialog {...question} onClose={() => setOpen(false)} />}
    </>
  );
}
