import { Tabs } from '@/components/ui/tabs';
import type { PermissionKey } from '@/lib/infra/permission.types';

const tabs = [
  { href: '/activity', label: 'Log', permission: 'audit.read' },
  { href: '/activity/alerts', label: 'Security alerts', permission: 'audit.read' },
] as const;

/** The parts of the activity's pages. */
export function ActivityTabs({ current, permissions }: { current: (typeof tabs)[number]['href']; permissions: PermissionKey[] }) {
  return <Tabs label="Activity" tabs={tabs.filter(({ permission }) => permissions.includes(permission))} current={current} />;
}
