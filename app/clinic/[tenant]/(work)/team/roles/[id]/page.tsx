import type { Metadata } from 'next';
import { Feature } from '@/components/billing/feature';
import { DeleteRole } from '@/components/team/delete-role';
import { PermissionList } from '@/components/team/permission-list';
import { RoleForm } from '@/components/team/role-form';
import { Alert } from '@/components/ui/alert';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import { hasFeature } from '@/lib/billing/features';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadRole } from '@/lib/team/loaders';

type Props = { params: Promise<{ id: string }>; searchParams: Promise<SearchParams> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await loadRole((await params).id)).role.name };
}

export default async function RolePage({ params, searchParams }: Props) {
  const { facts, role, roles, catalogue } = await loadRole((await params).id);
  const { saved } = await searchParams;
  const mayManage = facts.permissions.includes('roles.manage');
  const inPlan = hasFeature({ facts }, 'custom_roles');
  const editable = mayManage && inPlan && !role.is_system && !role.own;
  return (
    <>
      {saved === 'role' && <SavedMessage>The role is saved, and takes effect straight away for all who have it.</SavedMessage>}
      <PageHeader
        title={role.name}
        subtitle={role.description}
        actions={
          mayManage &&
          inPlan && (
            <Button asChild variant="outline">
              <Link href={`/team/roles/new?from=${role.id}`}>Copy as a new role</Link>
            </Button>
          )
        }
      />
      <div className="grid items-start gap-6 lg:grid-cols-[2fr_1fr]">
        <Card className="min-w-0">
          <h2 className="mb-5 font-semibold">What it allows</h2>
          {role.is_system && (
            <p className="mb-5 text-muted-foreground text-sm">
              This role is fixed.{mayManage && inPlan && ' Copy it to make one of your own.'}
            </p>
          )}
          {mayManage && role.own && !role.is_system && (
            <Alert kind="notice" className="mb-5">
              This is your own role. Somebody else who may manage roles has to change it.
            </Alert>
          )}
          {mayManage && <Feature feature="custom_roles" facts={facts} />}
          {editable ? (
            <RoleForm
              // What the database says counts after a change.
              key={JSON.stringify(role)}
              id={role.id}
              name={role.name}
              description={role.description}
              permissions={role.permissions}
              catalogue={catalogue}
              held={facts.permissions}
            />
          ) : (
            <PermissionList catalogue={catalogue} held={role.permissions} />
          )}
        </Card>
        <div className="flex min-w-0 flex-col gap-6">
          {facts.permissions.includes('team.read') && (
            <Card>
              <h2 className="font-semibold">Who has it</h2>
              {role.members.length === 0 ? (
                <p className="mt-1 text-muted-foreground text-sm">Nobody.</p>
              ) : (
                <ul className="mt-3 flex flex-col gap-2 text-sm">
                  {role.members.map(({ id, full_name, status }) => (
                    <li key={id} className="flex flex-wrap items-center gap-2">
                      <Link href={`/team/${id}`} className="wrap-anywhere text-primary underline-offset-4 hover:underline">
                        {full_name}
                      </Link>
                      {status === 'deactivated' && <Badge>Deactivated</Badge>}
                    </li>
                  ))}
                </ul>
              )}
            </Card>
          )}
          {mayManage && !role.is_system && !role.own && (
            <Card className="flex flex-col gap-4">
              <h2 className="font-semibold">Delete this role</h2>
              {role.deletable ? (
                <DeleteRole role={role.id} inUse={role.in_use} others={roles.filter(({ id, grantable }) => grantable && id !== role.id)} />
              ) : (
                <p className="text-muted-foreground text-sm">It allows more than your role does. Ask an owner.</p>
              )}
            </Card>
          )}
        </div>
      </div>
    </>
  );
}
