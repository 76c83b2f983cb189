'use client';

import { usePathname } from 'next/navigation';
import { cn } from '@/components/ui/cn';
import { Link } from '@/components/ui/link';

const links = [
  { href: '/', label: 'Dashboard', permission: undefined, isCurrent: (path: string) => path === '/' },
  { href: '/patients', label: 'Patients', permission: 'patients.read', isCurrent: (path: string) => path.startsWith('/patients') },
  { href: '/settings', label: 'Settings', permission: 'settings.read', isCurrent: (path: string) => path.startsWith('/settings') },
];

export function MainNavigation({ permissions }: { permissions: string[] }) {
  const path = usePathname();
  const shown = links.filter(({ permission }) => !permission || permissions.includes(permission));
  return (
    <nav aria-label="Main" className="order-last -mx-1 flex w-full gap-1 sm:order-none sm:mx-0 sm:w-auto sm:flex-1">
      {shown.map(({ href, label, isCurrent }) => (
        <Link
          key={href}
          href={href}
          aria-current={isCurrent(path) ? 'page' : undefined}
          className={cn(
            '-mb-px border-transparent border-b-2 px-3 py-3 font-medium text-muted-foreground text-sm hover:text-foreground sm:py-4',
            isCurrent(path) && 'border-primary text-foreground',
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
