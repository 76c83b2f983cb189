import type { Metadata } from 'next';
import { SessionList } from '@/components/access/session-list';
import { MemberRole, MemberStatus, OfferOwnership } from '@/components/team/member-rights';
import { PermissionList } from '@/components/team/permission-list';
import { Alert } from '@/components/ui/alert';
import { Badge } from '@/components/ui/badge';
import { Card } from '@/components/ui/card';
import { Facts } from '@/components/ui/facts';
import { Link } from '@/components/ui/link';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import type { SearchParams } from '@/lib/infra/search-params';
import { endMemberSessions } from '@/lib/team/actions';
import { loadMember } from '@/lib/team/loaders';
import { formatDay } from '@/lib/time/format';

type Props = { params: Promise<{ id: string }>; searchParams: Promise<SearchParams> };

const messages: Record<string, string> = {
  role: 'The role is changed, and takes effect straight away.',
  active: 'The person can sign in again.',
  deactivated: 'The person is deactivated. Their sessions at this clinic have ended.',
};

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await loadMember((await params).id)).member.full_name };
}

export default async function MemberPage({ params, searchParams }: Props) {
  const { facts, member, roles, catalogue } = await loadMember((await params).id);
  const { saved } = await searchParams;
  const message = typeof saved === 'string' ? messages[saved] : undefined;
  const { time_zone: timeZone } = facts.clinic;
  const mayChange = facts.permissions.includes('team.update') || facts.permissions.includes('team.remove');
  const mayUpdate = facts.permissions.includes('team.update') && member.changeable;
  const mayRemove = facts.permissions.includes('team.remove') && member.changeable;
  const mayHandOver = facts.role.key === 'owner' && member.role.key !== 'owner' && member.status === 'active' && !member.is_self;
  return (
    <>
      {message && <SavedMessage>{message}</SavedMessage>}
      <PageHeader title={member.full_name} subtitle={member.is_self ? `${member.role.name} · you` : member.role.name} />
      <div className="grid items-start gap-6 lg:grid-cols-[2fr_3fr]">
        <div className="flex min-w-0 flex-col gap-6">
          <Card>
            <h2 className="font-semibold">Person</h2>
            <Facts
              rows={[
                [
                  'E-mail',
                  <span key="email" className="break-all">
                    {member.email}
                  </span>,
                ],
                ['E-mail confirmed', member.email_verified ? 'Yes' : 'Not yet'],
                ['Role', member.role.name],
                ['Status', member.status === 'active' ? 'Active' : <Badge key="status">Deactivated</Badge>],
                ['Member since', formatDay(member.created_at, timeZone)],
              ]}
            />
            {mayChange && !member.changeable && (
              <p className="mt-6 border-t pt-5 text-muted-foreground text-sm">
                {member.is_self
                  ? 'You cannot change your own rights. Ask somebody else who may.'
                  : `You cannot change this person’s rights: the role ${member.role.name} allows more than yours.`}
              </p>
            )}
            {(mayUpdate || mayRemove) && (
              <div className="mt-6 border-t pt-5">
                <MemberStatus
                  member={member.id}
                  name={member.full_name}
                  status={member.status}
                  canUpdate={mayUpdate}
                  canRemove={mayRemove}
                />
              </div>
            )}
          </Card>
          {mayUpdate && (
            <Card className="flex flex-col gap-4">
              <div>
                <h2 className="font-semibold">Change the role</h2>
                <p className="mt-1 text-muted-foreground text-sm">You can give the roles that allow no more than yours.</p>
              </div>
              <MemberRole member={member.id} current={member.role.id} roles={roles.filter(({ grantable }) => grantable)} />
            </Card>
          )}
          {mayHandOver && (
            <Card className="flex flex-col items-start gap-4">
              <div>
                <h2 className="font-semibold">Ownership</h2>
                <p className="mt-1 text-muted-foreground text-sm">Hand the clinic over; {member.full_name} has to accept.</p>
              </div>
              <OfferOwnership member={member.id} name={member.full_name} />
            </Card>
          )}
          {member.sessions && !member.is_self && (
            <Card className="flex flex-col gap-5">
              <div>
                <h2 className="font-semibold">Where {member.full_name} is signed in</h2>
                <p className="mt-1 text-muted-foreground text-sm">At this clinic. Ending a session takes effect straight away.</p>
              </div>
              <SessionList
                sessions={member.sessions}
                timeZone={timeZone}
                member={member.id}
                end={endMemberSessions}
                endAll={endMemberSessions}
                allLabel="End all sessions"
              />
            </Card>
          )}
        </div>
        <Card className="min-w-0">
          <h2 className="font-semibold">What {member.full_name} can do, and why</h2>
          <p className="mt-1 mb-5 text-muted-foreground text-sm">
            What is ticked is allowed by the role{' '}
            {facts.permissions.includes('roles.read') ? (
              <Link href={`/team/roles/${member.role.id}`} className="text-primary underline underline-offset-4">
                {member.role.name}
              </Link>
            ) : (
              member.role.name
            )}
            , and by nothing else.
          </p>
          {member.status === 'deactivated' && (
            <Alert kind="notice" className="mb-5">
              Deactivated: nothing of this holds until the person is reactivated.
            </Alert>
          )}
          {!member.email_verified && (
            <Alert kind="notice" className="mb-5">
              The e-mail address is not confirmed: until it is, this person can neither invite people nor export.
            </Alert>
          )}
          <PermissionList catalogue={catalogue} held={member.permissions} />
        </Card>
      </div>
    </>
  );
}
