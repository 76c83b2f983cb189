import type { Metadata } from 'next';
import { ChangeEmailForm } from '@/components/access/change-email-form';
import { ChangeNameForm } from '@/components/access/change-name-form';
import { ChangePasswordForm } from '@/components/access/change-password-form';
import { SecondFactorCard } from '@/components/access/second-factor-card';
import { SessionList } from '@/components/access/session-list';
import { VerificationNotice } from '@/components/access/verification-notice';
import { Card } from '@/components/ui/card';
import { PageHeader } from '@/components/ui/page-header';
import { SavedMessage } from '@/components/ui/saved-message';
import { endOtherSessions, endSession } from '@/lib/access/actions';
import { loadAccount } from '@/lib/access/loaders';
import type { SearchParams } from '@/lib/infra/search-params';

export const metadata: Metadata = { title: 'Your account' };

const messages: Record<string, string> = {
  name: 'Your name is saved.',
  'second-factor': 'The second factor is set up. From now on signing in asks for it.',
  'second-factor-removed': 'The second factor is off.',
};

type Props = { searchParams: Promise<SearchParams> };

export default async function AccountPage({ searchParams }: Props) {
  const { saved } = await searchParams;
  const { facts, sessions, secondFactor } = await loadAccount();
  const message = typeof saved === 'string' ? messages[saved] : undefined;
  const { full_name, email, email_verified } = facts.user;
  return (
    <>
      {message && <SavedMessage>{message}</SavedMessage>}
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
          <ChangePasswordForm withCode={secondFactor !== null} />
        </Card>
        <SecondFactorCard factor={secondFactor} timeZone={facts.clinic.time_zone} due={facts.second_factor.due} />
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
