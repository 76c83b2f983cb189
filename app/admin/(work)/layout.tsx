import type { ReactNode } from 'react';
import { PlatformFrame } from '@/components/shell/platform-frame';
import { requirePlatform } from '@/lib/platform/gate';

export default async function PlatformLayout({ children }: { children: ReactNode }) {
  const { email } = await requirePlatform();
  return <PlatformFrame email={email}>{children}</PlatformFrame>;
}
