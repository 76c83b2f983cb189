import type { Metadata } from 'next';
import { MemberTable } from '@/components/team/member-table';
import { OwnershipOfferCard } from '@/components/team/ownership-offer';
import { TeamFilters } from '@/components/team/team-filters';
import { TeamTabs } from '@/components/team/team-tabs';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import { formatNumber } from '@/lib/infra/numbers';
import type { SearchParams } from '@/lib/infra/search-params';
import { loadTeam } from '@/lib/team/loaders';

export const metadata: Metadata = { title: 'Team' };

const messages: Record<string, string> = {
  removed: 'The person is removed. Their sessions at this clinic have ended.',
  offered: 'The offer is sent.',
  owner: 'You are the owner now.',
};

type Props = { searchParams: Promise<SearchParams> };

export default async function TeamPage({ searchParams }: Props) {
  const parameters = await searchParams;
  const { facts, query, page, roles, offer } = await loadTeam(parameters);
  const message = typeof parameters.saved === 'string' ? messages[parameters.saved] : undefined;
  const { rows, total } = page;
  const found = `${formatNumber(total)} ${total === 1 ? 'person' : 'people'}`;
  return (
    <>
      {message && <SavedMessage>{message}</SavedMessage>}
      <PageHeader
        title="Team"
        subtitle={total > rows.length ? `The first ${rows.length} of ${found}; search to narrow it down` : found}
        actions={
          facts.permissions.includes('team.invite') && (
            <Button asChild>
              <Link href="/team/invite">Invite people</Link>
            </Button>
          )
        }
      />
      <TeamTabs current="/team" permissions={facts.permissions} />
      {offer && <OwnershipOfferCard offer={offer} clinic={facts.clinic.name} timeZone={facts.clinic.time_zone} />}
      <TeamFilters query={query} roles={roles} />
      {rows.length === 0 ? (
        <Card className="flex flex-col items-start gap-3">
          <p>Nobody matches this.</p>
          <Link href="/team" className="font-medium text-primary text-sm underline-offset-4 hover:underline">
            Show everybody
          </Link>
        </Card>
      ) : (
        <MemberTable rows={rows} timeZone={facts.clinic.time_zone} />
      )}
    </>
  );
}
