import { Tabs } from '@/components/layout/tabs';

const tabs = [
  { href: '/activity', label: 'Log', permission: 'audit.read' },
  { href: '/activity/alerts', label: 'Security alerts', permission: 'audit.read' },
] as const;

/** The parts of the activity's pages. */
export function ActivityTabs(props: { current: (typeof tabs)[number]['href']; permissions: string[] }) {
  return <Tabs label="Activity" tabs={tabs} {...props} />;
}
