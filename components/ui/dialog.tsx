'use client';

import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';

type DialogProps = { title: string; children: ReactNode; onClose: () => void; role?: 'dialog' | 'alertdialog' };

/** A modal dialog; the browser's own keeps the focus inside and the rest of the page inert. It is open while it is rendered. */
export function Dialog({ title, children, onClose, role = 'dialog' }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // Closing gives the focus back to where it was, which taking the element away does not.
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      role={role}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className="m-auto w-[calc(100%-2rem)] max-w-md rounded-xl border bg-card p-6 text-foreground shadow-lg backdrop:bg-black/50"
    >
      <h2 id={heading} className="font-semibold text-lg">
        {title}
      </h2>
      {children}
    </dialog>
  );
}
