import { cn } from '@/components/ui/cn';
import { Link } from '@/components/ui/link';

/** A part of some pages, shown to those who hold its permission. */
export type Tab = { href: string; label: string; permission: string };

/** The parts of some pages, the current one marked. */
export function Tabs({
  label,
  tabs,
  current,
  permissions,
}: {
  label: string;
  tabs: readonly Tab[];
  current: string;
  permissions: string[];
}) {
  return (
    <nav aria-label={label} className="mb-6 flex gap-1 overflow-x-auto border-b">
      {tabs
        .filter(({ permission }) => permissions.includes(permission))
        .map(({ href, label }) => (
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
