import type { Metadata } from 'next';
import { VerifyEmail } from '@/components/access/verify-email';
import { SignInFrame } from '@/components/shell/sign-in-frame';
import { visitClinic } from '@/lib/access/gate';

export const metadata: Metadata = { title: 'Confirm your e-mail' };

export default async function VerifyEmailPage() {
  const clinic = await visitClinic();
  return (
    <SignInFrame clinic={clinic} title="Confirm your e-mail address">
      <VerifyEmail />
    </SignInFrame>
  );
}
