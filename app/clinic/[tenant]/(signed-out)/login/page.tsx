import type { Metadata } from 'next';
import { SignInForm } from '@/components/access/sign-in-form';
import { SignInFrame } from '@/components/shell/sign-in-frame';
import { Alert } from '@/components/ui/alert';
import { requireSignedOut } from '@/lib/access/gate';
import type { SearchParams } from '@/lib/infra/search-params';

export const metadata: Metadata = { title: 'Sign in' };

const notices: Record<string, string> = {
  time: 'Your session has ended. Sign in to go on.',
  hold: 'Your clinic is on hold, and your session has ended. Its owner can sign in and see why; nothing has been deleted.',
};

type Props = { searchParams: Promise<SearchParams> };

export default async function LoginPage({ searchParams }: Props) {
  const clinic = await requireSignedOut();
  const { ended } = await searchParams;
  return (
    <SignInFrame clinic={clinic} title="Sign in">
      {typeof ended === 'string' && notices[ended] && <Alert kind="notice">{notices[ended]}</Alert>}
      <SignInForm />
    </SignInFrame>
  );
}
