import type { Metadata } from 'next';
import { PageHeader } from '@/components/layout/page-header';
import { OwnRolesNotice } from '@/components/team/own-roles-notice';
import { RoleForm } from '@/components/team/role-form';
import { Card } from '@/components/ui/card';
import { loadNewRole } from '@/lib/team/loaders';

export const metadata: Metadata = { title: 'New role' };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function NewRolePage({ searchParams }: Props) {
  const { facts, copied, catalogue } = await loadNewRole(await searchParams);
  const inPlan = facts.plan.features.includes('custom_roles');
  return (
    <>
      <PageHeader title="New role" subtitle={copied ? `A copy of ${copied.name}` : 'Tick what its people may do.'} />
      {inPlan ? (
        <Card className="max-w-4xl">
          <RoleForm
            name={copied ? `${copied.name} (copy)`.slice(0, 60) : ''}
            description={copied?.description ?? ''}
            permissions={(copied?.permissions ?? []).filter((key) => facts.permissions.includes(key))}
            catalogue={catalogue}
            held={facts.permissions}
          />
        </Card>
      ) : (
        <OwnRolesNotice facts={facts} />
      )}
    </>
  );
}
