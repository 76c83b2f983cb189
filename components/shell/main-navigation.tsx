'use client';

import { usePathname } from 'next/navigation';
import { cn } from '@/components/ui/cn';
import { Link } from '@/components/ui/link';

/** A part of the app. It is the current one on its own page and, but for the home page, on the pages below it. */
export type NavigationLink = { href: string; label: string };

export function MainNavigation({ links }: { links: NavigationLink[] }) {
  const path = usePathname();
  const isCurrent = (href: string) => path === href || (href !== '/' && path.startsWith(`${href}/`));
  return (
    <nav aria-label="Main" className="order-last -mx-1 flex w-full overflow-x-auto sm:order-none sm:gap-1 sm:mx-0 sm:w-auto sm:flex-1">
      {links.map(({ href, label }) => (
        <Link
          key={href}
          href={href}
          aria-current={isCurrent(href) ? 'page' : undefined}
          className={cn(
            '-mb-px border-transparent border-b-2 px-2 py-3 font-medium text-muted-foreground text-sm hover:text-foreground sm:px-3 sm:py-4',
            isCurrent(href) && 'border-primary text-foreground',
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
