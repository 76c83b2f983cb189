import type { Metadata } from 'next';
import { SignOutButton } from '@/components/access/sign-out-button';
import { StepUpProvider } from '@/components/access/step-up-provider';
import { VerificationNotice } from '@/components/access/verification-notice';
import { ExportPatients } from '@/components/patients/export-patients';
import { SignInFrame } from '@/components/shell/sign-in-frame';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { Link } from '@/components/ui/link';
import { requireHold } from '@/lib/access/gate';
import type { Hold } from '@/lib/access/schema';
import { formatDay } from '@/lib/time/format';

export const metadata: Metadata = { title: 'On hold' };

const explanations: Record<Hold['kind'], string> = {
  trial_expired: 'The trial has ended. Choosing a plan opens the clinic again.',
  unpaid: 'The clinic’s plan is not paid for. Paying opens the clinic again.',
  admin: 'We have paused the clinic.',
  security: 'We closed the clinic for safety, after something unusual.',
};

export default async function OnHoldPage() {
  const { facts, holds } = await requireHold();
  const mayExport = facts.role.key === 'owner' && !holds.some(({ kind }) => kind === 'security');
  return (
    <SignInFrame clinic={facts.clinic} title={`${facts.clinic.name} is on hold`}>
      {holds.map(({ kind, reason, placed_at }) => (
        <Alert key={kind} kind="notice">
          <p className="font-medium">{explanations[kind]}</p>
          <p className="mt-1 break-words">{reason}</p>
          <p className="mt-1">Since {formatDay(placed_at, facts.clinic.time_zone, 'long')}.</p>
        </Alert>
      ))}
      <p className="text-muted-foreground text-sm">
        Nothing has been deleted. Until the hold is lifted, nobody can work here; you can still do this:
      </p>
      {mayExport && !facts.user.email_verified && <VerificationNotice email={facts.user.email} />}
      <div className="flex flex-col gap-3">
        <Button asChild variant="outline">
          <Link href="/billing">
            {holds.some(({ kind }) => kind === 'trial_expired' || kind === 'unpaid') ? 'Choose a plan, or pay' : 'See your plan'}
          </Link>
        </Button>
        {mayExport && (
          <StepUpProvider>
            <ExportPatients archived={false} label="Export patients" />
            <ExportPatients archived label="Export archived patients" />
          </StepUpProvider>
        )}
        <SignOutButton />
      </div>
    </SignInFrame>
  );
}
