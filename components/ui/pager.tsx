import { ChevronLeft, ChevronRight } from 'lucide-react';
import { Button } from './button';
import { Link } from './link';

type Step = 'previous' | 'next';
type PagerProps = {
  label?: string;
  previous: string | null;
  next: string | null;
  names?: Record<Step, string>;
  onGo?: (step: Step) => void;
};

/** Steps to the neighbouring pages, by their addresses, or by a call that takes the place of the link. */
export function Pager({ label = 'Pages', previous, next, names = { previous: 'Previous', next: 'Next' }, onGo }: PagerProps) {
  if (!previous && !next) return null;
  return (
    <nav aria-label={label} className="mt-4 flex justify-end gap-2">
      {[['previous', previous] as const, ['next', next] as const].map(([step, href]) =>
        href ? (
          <Button key={step} asChild variant="outline" size="sm">
            <Link
              href={href}
              onClick={
                onGo &&
                ((event) => {
                  event.preventDefault();
                  onGo(step);
                })
              }
            >
              {step === 'previous' && <ChevronLeft aria-hidden />}
              {names[step]}
              {step === 'next' && <ChevronRight aria-hidden />}
            </Link>
          </Button>
        ) : null,
      )}
    </nav>
  );
}
