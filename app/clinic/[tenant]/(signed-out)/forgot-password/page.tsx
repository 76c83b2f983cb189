import type { Metadata } from 'next';
import { ForgotPasswordForm } from '@/components/access/forgot-password-form';
import { SignInFrame } from '@/components/shell/sign-in-frame';
import { requireSignedOut } from '@/lib/access/gate';

export const metadata: Metadata = { title: 'Forgot password' };

export default async function ForgotPasswordPage() {
  const clinic = await requireSignedOut();
  return (
    <SignInFrame clinic={clinic} title="Reset your password">
      <ForgotPasswordForm />
    </SignInFrame>
  );
}
