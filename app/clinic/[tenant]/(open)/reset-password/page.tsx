import type { Metadata } from 'next';
import { ResetPasswordForm } from '@/components/access/reset-password-form';
import { SignInFrame } from '@/components/shell/sign-in-frame';
import { visitClinic } from '@/lib/access/gate';

export const metadata: Metadata = { title: 'New password' };

export default async function ResetPasswordPage() {
  const clinic = await visitClinic();
  return (
    <SignInFrame clinic={clinic} title="Choose a new password">
      <ResetPasswordForm />
    </SignInFrame>
  );
}
