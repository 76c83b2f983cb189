import type { ReactNode } from 'react';
import { AppFrame } from '@/components/shell/app-frame';
import { requireClinic } from '@/lib/access/gate';

export default async function WorkLayout({ children }: { children: ReactNode }) {
  const { facts } = await requireClinic();
  return <AppFrame facts={facts}>{children}</AppFrame>;
}
