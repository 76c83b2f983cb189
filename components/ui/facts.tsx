import type { ReactNode } from 'react';

export type Fact = [label: string, value: ReactNode];

/** Labels and values, a line each. */
export function Facts({ rows }: { rows: Fact[] }) {
  return (
    <dl className="mt-4 flex flex-col gap-2 text-sm">
      {rows.map(([label, value]) => (
        <div key={label} className="flex justify-between gap-4">
          <dt className="shrink-0 text-muted-foreground">{label}</dt>
          <dd className="min-w-0 wrap-anywhere text-right tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
