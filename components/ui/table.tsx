import type { ReactNode } from 'react';
import { cn } from './cn';

/** The frame of a table. */
export function Table({ children }: { children: ReactNode }) {
  return (
    <div className="overflow-hidden rounded-xl border bg-card shadow-xs">
      <table className="w-full text-left text-sm">{children}</table>
    </div>
  );
}

const shownFrom = { sm: 'hidden sm:table-cell', md: 'hidden md:table-cell', lg: 'hidden lg:table-cell' } as const;

/** A heading; `from` is the width from which its column is shown, `align` that of numbers. */
type Column = { label: string; from?: keyof typeof shownFrom; align?: 'right' };

export function TableHead({ columns }: { columns: Column[] }) {
  return (
    <thead className="border-b bg-muted/60 text-muted-foreground">
      <tr>
        {columns.map(({ label, from, align }) => (
          <th key={label} scope="col" className={cn('px-4 py-2.5 font-medium', align && 'text-right', from && shownFrom[from])}>
            {label}
          </th>
        ))}
      </tr>
    </thead>
  );
}
