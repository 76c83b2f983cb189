import type { Metadata } from 'next';
import { VerificationNotice } from '@/components/access/verification-notice';
import { InviteForm } from '@/components/team/invite-form';
import { Card } from '@/components/ui/card';
import { PageHeader } from '@/components/ui/page-header';
import { LimitNotice } from '@/components/usage/limit-notice';
import { loadInvite } from '@/lib/team/loaders';

export const metadata: Metadata = { title: 'Invite people' };

export default async function InvitePage() {
  const { facts, roles } = await loadInvite();
  const { used, limit } = facts.usage.users;
  const free = limit === null ? null : Math.max(0, limit - used);
  return (
    <>
      <PageHeader title="Invite people" subtitle="They get a mail with a link that works for seven days." />
      <div className="flex max-w-2xl flex-col gap-6">
        {!facts.user.email_verified && <VerificationNotice email={facts.user.email} />}
        <LimitNotice facts={facts} metric="users" hint="Open invitations count." />
        <Card>
          <InviteForm roles={roles} free={free} />
        </Card>
      </div>
    </>
  );
}
