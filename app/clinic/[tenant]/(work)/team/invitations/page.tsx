import type { Metadata } from 'next';
import { PageHeader } from '@/components/layout/page-header';
import { InvitationList } from '@/components/team/invitation-list';
import { TeamTabs } from '@/components/team/team-tabs';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Link } from '@/components/ui/link';
import { loadInvitations } from '@/lib/team/loaders';

export const metadata: Metadata = { title: 'Invitations' };

export default async function InvitationsPage() {
  const { facts, invitations } = await loadInvitations();
  const canInvite = facts.permissions.includes('team.invite');
  const open = invitations.filter(({ status }) => status === 'open').length;
  return (
    <>
      <PageHeader
        title="Invitations"
        subtitle={`${open.toLocaleString('en')} open`}
        actions={
          canInvite && (
            <Button asChild>
              <Link href="/team/invite">Invite people</Link>
            </Button>
          )
        }
      />
      <TeamTabs current="/team/invitations" permissions={facts.permissions} />
      {invitations.length === 0 ? (
        <Card>
          <p>Nobody has been invited yet.</p>
        </Card>
      ) : (
        <InvitationList invitations={invitations} timeZone={facts.clinic.time_zone} canInvite={canInvite} />
      )}
    </>
  );
}
