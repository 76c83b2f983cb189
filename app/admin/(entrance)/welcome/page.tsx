import type { Metadata } from 'next';
import { EntranceFrame } from '@/components/platform/entrance-frame';
import { WelcomeForm } from '@/components/platform/welcome-form';
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
