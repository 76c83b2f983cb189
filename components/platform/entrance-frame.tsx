import type { ReactNode } from 'react';
import { LogoMark } from '@/components/layout/logo';
import { Card } from '@/components/ui/card';

/** The frame of the pages that lead into the platform: one card, one thing to do. */
export function EntranceFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center gap-6 px-4 py-10">
      <header className="flex items-center gap-3">
        <LogoMark />
        <p className="font-semibold">YourCRM Platform</p>
      </header>
      <Card className="flex flex-col gap-5">
        <h1 className="font-semibold text-xl">{title}</h1>
        {children}
      </Card>
    </main>
  );
}
