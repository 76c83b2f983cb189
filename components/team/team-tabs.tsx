import { cn } from '@/components/ui/cn';
import { Link } from '@/components/ui/link';

const tabs = [
  { href: '/team', label: 'People', permission: 'team.read' },
  { href: '/team/invitations', label: 'Invitations', permission: 'team.read' },
  { href: '/team/roles', label: 'Roles', permission: 'roles.read' },
] as const;

/** The parts of the team's pages. */
export function TeamTabs({ current, permissions }: { current: (typeof tabs)[number]['href']; permissions: string[] }) {
  return (
    <nav aria-label="Team" className="mb-6 flex gap-1 overflow-x-auto border-b">
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
