import type { Metadata } from 'next';
import { PageHeader } from '@/components/layout/page-header';
import { SavedMessage } from '@/components/layout/saved-message';
import { OwnRolesNotice } from '@/components/team/own-roles-notice';
import { RoleList } from '@/components/team/role-list';
import { TeamTabs } from '@/components/team/team-tabs';
import { Button } from '@/components/ui/button';
import { Link } from '@/components/ui/link';
import { loadRoles } from '@/lib/team/loaders';

export const metadata: Metadata = { title: 'Roles' };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function RolesPage({ searchParams }: Props) {
  const { facts, roles } = await loadRoles();
  const { saved } = await searchParams;
  const mayManage = facts.permissions.includes('roles.manage');
  const inPlan = facts.plan.features.includes('custom_roles');
  return (
    <>
      {saved === 'deleted' && <SavedMessage>The role is deleted.</SavedMessage>}
      <PageHeader
        title="Roles"
        subtitle="Each person has one role, which says what they can do."
        actions={
          mayManage &&
          inPlan && (
            <Button asChild>
              <Link href="/team/roles/new">New role</Link>
            </Button>
          )
        }
      />
      <TeamTabs current="/team/roles" permissions={facts.permissions} />
      {mayManage && !inPlan && <OwnRolesNotice facts={facts} />}
      <RoleList roles={roles} />
    </>
  );
}
