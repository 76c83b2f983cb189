import { CircleAlert, CircleCheck, Info } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from './cn';

const kinds = {
  error: { Icon: CircleAlert, role: 'alert', classes: 'border-destructive/40 bg-destructive/8 text-destructive' },
  success: { Icon: CircleCheck, role: 'status', classes: 'border-primary/40 bg-primary/8 text-primary' },
  notice: { Icon: Info, role: undefined, classes: 'border-warning/50 bg-warning/10 text-warning-foreground' },
} as const;

/** A message across the width: an error interrupts a screen reader, a success is announced politely. */
export function Alert({ kind, children, className }: { kind: keyof typeof kinds; children: ReactNode; className?: string }) {
  const { Icon, role, classes } = kinds[kind];
  return (
    <div role={role} className={cn('flex items-start gap-3 rounded-lg border px-4 py-3 text-sm', classes, className)}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}
