import type { Metadata } from 'next';
import { ChangeEmailForm } from '@/components/access/change-email-form';
import { ChangeNameForm } from '@/components/access/change-name-form';
import { ChangePasswordForm } from '@/components/access/change-password-form';
import { SessionList } from '@/components/access/session-list';
import { VerificationNotice } from '@/components/access/verification-notice';
import { PageHeader } from '@/components/layout/page-header';
import { SavedMessage } from '@/components/layout/saved-message';
import { Card } from '@/components/ui/card';
import { endOtherSessions, endSession } from '@/lib/access/actions';
import { loadSessions } from '@/lib/access/loaders';

export const metadata: Metadata = { title: 'Your account' };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function AccountPage({ searchParams }: Props) {
  const { saved } = await searchParams;
  const { facts, sessions } = await loadSessions();
  const { full_name, email, email_verified } = facts.user;
  return (
    <>
      {saved === 'name' && <SavedMessage>Your name is saved.</SavedMessage>}
      <PageHeader title="Your account" subtitle={`${full_name} · ${facts.role.name}`} />
      <div className="flex max-w-xl flex-col gap-6">
        {!email_verified && <VerificationNotice email={email} />}
        <Card className="flex flex-col gap-5">
          <h2 className="font-semibold">Name</h2>
          <ChangeNameForm name={full_name} />
        </Card>
        <Card className="flex flex-col gap-5">
          <div>
            <h2 className="font-semibold">E-mail</h2>
            <p className="mt-1 break-all text-sm">{email}</p>
            <p className="mt-1 text-muted-foreground text-sm">{email_verified ? 'Confirmed' : 'Not confirmed yet'}</p>
          </div>
          <ChangeEmailForm />
        </Card>
        <Card className="flex flex-col gap-5">
          <div>
            <h2 className="font-semibold">Password</h2>
            <p className="mt-1 text-muted-foreground text-sm">Changing it signs you out everywhere else.</p>
          </div>
          <ChangePasswordForm />
        </Card>
        <Card className="flex flex-col gap-5">
          <div>
            <h2 className="font-semibold">Where you are signed in</h2>
            <p className="mt-1 text-muted-foreground text-sm">End a session that you do not know, and change your password.</p>
          </div>
          <SessionList
            sessions={sessions}
            timeZone={facts.clinic.time_zone}
            end={endSession}
            endAll={endOtherSessions}
            allLabel="End all other sessions"
          />
        </Card>
      </div>
    </>
  );
}
