import type { Metadata } from 'next';
import { ConfirmEmail } from '@/components/access/confirm-email';
import { SignInFrame } from '@/components/shell/sign-in-frame';
import { visitClinic } from '@/lib/access/gate';

export const metadata: Metadata = { title: 'Confirm your new address' };

export default async function ConfirmEmailPage() {
  const clinic = await visitClinic();
  return (
    <SignInFrame clinic={clinic} title="Confirm your new address">
      <ConfirmEmail />
    </SignInFrame>
  );
}
