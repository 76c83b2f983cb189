import type { Metadata } from 'next';
import { SignInForm } from '@/components/access/sign-in-form';
import { SignInFrame } from '@/components/layout/sign-in-frame';
import { Alert } from '@/components/ui/alert';
import { requireSignedOut } from '@/lib/access/gate';

export const metadata: Metadata = { title: 'Sign in' };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function LoginPage({ searchParams }: Props) {
  const clinic = await requireSignedOut();
  const { ended } = await searchParams;
  return (
    <SignInFrame clinic={clinic} title="Sign in">
      {ended === 'time' && <Alert kind="notice">Your session has ended. Sign in to go on.</Alert>}
      <SignInForm />
    </SignInFrame>
  );
}
