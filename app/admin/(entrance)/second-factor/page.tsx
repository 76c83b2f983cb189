import type { Metadata } from 'next';
import { SecondFactorForm, StartAgain } from '@/components/platform/sign-in-forms';
import { EntranceFrame } from '@/components/shell/entrance-frame';
import { requirePlatformEntrance } from '@/lib/platform/gate';

export const metadata: Metadata = { title: 'Second step' };

export default async function SecondFactorPage() {
  await requirePlatformEntrance('second_factor');
  return (
    <EntranceFrame title="Enter the code">
      <SecondFactorForm />
      <StartAgain />
    </EntranceFrame>
  );
}
