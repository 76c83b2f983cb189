import type { ReactNode } from 'react';
import { Card } from '@/components/ui/card';

type SectionProps = { title: string; description: string; canChange: boolean; children: ReactNode };

/** A part of the settings; who may not change it sees it locked. */
export function Section({ title, description, canChange, children }: SectionProps) {
  return (
    <Card>
      <h2 className="font-semibold">{title}</h2>
      <p className="mt-1 mb-5 text-muted-foreground text-sm">{description}</p>
      <fieldset disabled={!canChange} className="min-w-0">
        {children}
      </fieldset>
    </Card>
  );
}
