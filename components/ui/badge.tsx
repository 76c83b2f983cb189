import type { ReactNode } from 'react';

export function Badge({ children }: { children: ReactNode }) {
  return (
    <span className="inline-flex items-center rounded-full border bg-muted px-2.5 py-0.5 font-medium text-muted-foreground text-xs">
      {children}
    </span>
  );
}
