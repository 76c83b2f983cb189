import { cn } from './cn';
import { Link } from './link';

/** The parts of some pages, the current one marked. */
export function Tabs({ label, tabs, current }: { label: string; tabs: { href: string; label: string }[]; current: string }) {
  return (
    <nav aria-label={label} className="mb-6 flex gap-1 overflow-x-auto border-b">
      {tabs.map(({ href, label }) => (
        <Link
          key={href}
          href={href}
          aria-current={href === current ? 'page' : undefined}
          className={cn(
            '-mb-px border-transparent border-b-2 px-3 py-2 font-medium text-muted-foreground text-sm hover:text-foreground',
            href === current && 'border-primary text-foreground',
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
