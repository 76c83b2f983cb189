import type { Metadata } from 'next';
import { Feature } from '@/components/billing/feature';
import { RoleForm } from '@/components/team/role-form';
import { Card } from '@/components/ui/card';
import { PageHeader } from '@/components/ui/page-header';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadNewRole } from '@/lib/team/loaders';

export const metadata: Metadata = { title: 'New role' };

type Props = { searchParams: Promise<SearchParams> };

export default async function NewRolePage({ searchParams }: Props) {
  const { facts, copied, catalogue } = await loadNewRole(await searchParams);
  return (
    <>
      <PageHeader title="New role" subtitle={copied ? `A copy of ${copied.name}` : 'Tick what its people may do.'} />
      <Feature feature="custom_roles" facts={facts}>
        <Card className="max-w-4xl">
          <RoleForm
            name={copied ? `${copied.name} (copy)`.slice(0, 60) : ''}
            description={copied?.description ?? ''}
            permissions={facts.permissions.filter((key) => copied?.permissions.includes(key))}
            catalogue={catalogue}
            held={facts.permissions}
          />
        </Card>
      </Feature>
    </>
  );
}
