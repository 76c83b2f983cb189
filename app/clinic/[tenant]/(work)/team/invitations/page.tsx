import type { Metadata } from 'next';
import { InvitationList } from '@/components/team/invitation-list';
import { SearchForm } from '@/components/team/search-form';
import { TeamTabs } from '@/components/team/team-tabs';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';
import { formatNumber } from '@/lib/infra/numbers';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadInvitations } from '@/lib/team/loaders';

export const metadata: Metadata = { title: 'Invitations' };

type Props = { searchParams: Promise<SearchParams> };

export default async function InvitationsPage({ searchParams }: Props) {
  const { facts, search, page } = await loadInvitations(await searchParams);
  const { rows, total, open } = page;
  const canInvite = facts.permissions.includes('team.invite');
  const count = `${formatNumber(open)} open`;
  return (
    <>
      <PageHeader
        title="Invitations"
        subtitle={total > rows.length ? `${count}; the first ${rows.length} of ${formatNumber(total)} are shown` : count}
        actions={
          canInvite && (
            <Button asChild>
              <Link href="/team/invite">Invite people</Link>
            </Button>
          )
        }
      />
      <TeamTabs current="/team/invitations" permissions={facts.permissions} />
      {(total > 0 || search) && <SearchForm action="/team/invitations" label="Search invitations" placeholder="E-mail" search={search} />}
      {rows.length === 0 ? (
        <Card>
          <p>{search ? 'No invitation matches this.' : 'Nobody has been invited yet.'}</p>
        </Card>
      ) : (
        <InvitationList invitations={rows} timeZone={facts.clinic.time_zone} canInvite={canInvite} />
      )}
    </>
  );
}
