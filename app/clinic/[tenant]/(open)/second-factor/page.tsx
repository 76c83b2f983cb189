import type { Metadata } from 'next';
import { EnrolSecondFactor } from '@/components/access/enrol-second-factor';
import { SecondFactorForm } from '@/components/access/second-factor-form';
import { SignOutButton } from '@/components/access/sign-out-button';
import { SignInFrame } from '@/components/shell/sign-in-frame';
import { requireSecondFactorStep } from '@/lib/access/gate';

export const metadata: Metadata = { title: 'Second step' };

export default async function SecondFactorPage() {
  const { clinic, email, hasFactor } = await requireSecondFactorStep();
  return (
    <SignInFrame clinic={clinic} title={hasFactor ? 'Enter your code' : 'Set up a second factor'}>
      {hasFactor ? (
        <>
          <SecondFactorForm />
          <p className="text-muted-foreground text-sm">
            Lost your phone? A recovery code signs you in. Without one, ask us for help by answering any of our mails; we check who you are
            before we take the second factor off.
          </p>
        </>
      ) : (
        <>
          <p className="text-sm">
            Your clinic requires a code of an authenticator app besides the password. Any such app will do; setting it up takes a minute.
          </p>
          <EnrolSecondFactor />
        </>
      )}
      <div className="flex flex-wrap items-center justify-between gap-3 border-t pt-4 text-muted-foreground text-sm">
        <p className="min-w-0 break-all">{email}</p>
        <SignOutButton />
      </div>
    </SignInFrame>
  );
}
