import { Tabs } from '@/components/layout/tabs';

const tabs = [
  { href: '/team', label: 'People', permission: 'team.read' },
  { href: '/team/invitations', label: 'Invitations', permission: 'team.read' },
  { href: '/team/roles', label: 'Roles', permission: 'roles.read' },
] as const;

/** The parts of the team's pages. */
export function TeamTabs(props: { current: (typeof tabs)[number]['href']; permissions: string[] }) {
  return <Tabs label="Team" tabs={tabs} {...props} />;
}
