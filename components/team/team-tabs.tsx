import { Tabs } from '@/components/ui/tabs';
import type { PermissionKey } from '@/lib/infra/permission.types';

const tabs = [
  { href: '/team', label: 'People', permission: 'team.read' },
  { href: '/team/invitations', label: 'Invitations', permission: 'team.read' },
  { href: '/team/roles', label: 'Roles', permission: 'roles.read' },
] as const;

/** The parts of the team's pages. */
export function TeamTabs({ current, permissions }: { current: (typeof tabs)[number]['href']; permissions: PermissionKey[] }) {
  return <Tabs label="Team" tabs={tabs.filter(({ permission }) => permissions.includes(permission))} current={current} />;
}
