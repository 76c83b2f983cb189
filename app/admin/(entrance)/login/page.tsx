import type { Metadata } from 'next';
import { PlatformSignInForm } from '@/components/platform/sign-in-forms';
import { EntranceFrame } from '@/components/shell/entrance-frame';
import { Alert } from '@/components/ui/alert';
import type { SearchParams } from '@/lib/infra/search-params';
import { requirePlatformEntrance } from '@/lib/platform/gate';

export const metadata: Metadata = { title: 'Sign in' };

type Props = { searchParams: Promise<SearchParams> };

export default async function PlatformLoginPage({ searchParams }: Props) {
  await requirePlatformEntrance('password');
  const { ended } = await searchParams;
  return (
    <EntranceFrame title="Sign in">
      {ended === 'time' && <Alert kind="notice">Your session has ended. Sign in to go on.</Alert>}
      <PlatformSignInForm />
    </EntranceFrame>
  );
}
