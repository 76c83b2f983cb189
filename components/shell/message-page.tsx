import type { ReactNode } from 'react';
import { LogoMark } from '@/components/ui/logo';

/** A page that says one thing: what is the matter, and what to do about it. */
export function MessagePage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col items-start justify-center gap-4 px-6 py-12">
      <LogoMark />
      <h1 className="font-semibold text-2xl">{title}</h1>
      <div className="flex flex-col items-start gap-4 text-muted-foreground">{children}</div>
    </main>
  );
}
