import type { Metadata } from 'next';
import { Feature } from '@/components/billing/feature';
import { RoleList } from '@/components/team/role-list';
import { TeamTabs } from '@/components/team/team-tabs';
import { Button } from '@/components/ui/button';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadRoles } from '@/lib/team/loaders';

export const metadata: Metadata = { title: 'Roles' };

type Props = { searchParams: Promise<SearchParams> };

export default async function RolesPage({ searchParams }: Props) {
  const { facts, roles } = await loadRoles();
  const { saved } = await searchParams;
  const mayManage = facts.permissions.includes('roles.manage');
  return (
    <>
      {saved === 'deleted' && <SavedMessage>The role is deleted.</SavedMessage>}
      <PageHeader
        title="Roles"
        subtitle="Each person has one role, which says what they can do."
        actions={
          mayManage && (
            <Feature feature="custom_roles" facts={facts} fallback={null}>
              <Button asChild>
                <Link href="/team/roles/new">New role</Link>
              </Button>
            </Feature>
          )
        }
      />
      <TeamTabs current="/team/roles" permissions={facts.permissions} />
      {mayManage && <Feature feature="custom_roles" facts={facts} />}
      <RoleList roles={roles} />
    </>
  );
}
