import type { Metadata } from 'next';
import { SignInForm } from '@/components/access/sign-in-form';
import { SignInFrame } from '@/components/layout/sign-in-frame';
import { requireSignedOut } from '@/lib/access/gate';

export const metadata: Metadata = { title: 'Sign in' };

export default async function LoginPage() {
  const { name } = await requireSignedOut();
  return (
    <SignInFrame clinic={name} title="Sign in">
      <SignInForm />
    </SignInFrame>
  );
}
