import type { ReactNode } from 'react';

/** A legal text with its version, which is what an acceptance refers to. */
export function LegalDocument({ title, version, children }: { title: string; version: string; children: ReactNode }) {
  return (
    <article className="flex max-w-2xl flex-col gap-4 py-10 leading-relaxed [&_h2]:mt-4 [&_h2]:font-semibold [&_h2]:text-lg">
      <h1 className="font-semibold text-3xl">{title}</h1>
      <p className="text-muted-foreground text-sm">Version of {version}</p>
      {children}
    </article>
  );
}
