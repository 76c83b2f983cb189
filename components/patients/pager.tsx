'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { Link } from '@/components/ui/link';
import { listAddress } from '@/lib/patients/list-address';
import type { PatientPage } from '@/lib/patients/queries';
import type { ListQuery } from '@/lib/patients/schema';

type PagerProps = { page: PatientPage; query: ListQuery; onGo?: (query: ListQuery) => void };

/** Steps to the neighbouring pages; links for the plain list, calls for a search. */
export function Pager({ page, query, onGo }: PagerProps) {
  if (!page.before && !page.after) return null;
  const steps = [
    { label: 'Previous', Icon: ChevronLeft, to: page.before && { ...query, before: page.before, after: null } },
    { label: 'Next', Icon: ChevronRight, to: page.after && { ...query, after: page.after, before: null } },
  ];
  return (
    <nav aria-label="Pages" className="mt-4 flex justify-end gap-2">
      {steps.map(({ label, Icon, to }) =>
        to ? (
          <Button key={label} asChild variant="outline" size="sm">
            <Link
              href={listAddress(to)}
              onClick={(event) => {
                if (!onGo) return;
                event.preventDefault();
                onGo(to);
              }}
            >
              {label === 'Previous' && <Icon aria-hidden />}
              {label}
              {label === 'Next' && <Icon aria-hidden />}
            </Link>
          </Button>
        ) : null,
      )}
    </nav>
  );
}
