import type { Metadata } from 'next';
import { WelcomeForm } from '@/components/platform/welcome-form';
import { EntranceFrame } from '@/components/shell/entrance-frame';
import { requirePlatformEntrance } from '@/lib/platform/gate';

export const metadata: Metadata = { title: 'Welcome' };

export default async function WelcomePage() {
  await requirePlatformEntrance('link');
  return (
    <EntranceFrame title="Set up your account">
      <WelcomeForm />
    </EntranceFrame>
  );
}
