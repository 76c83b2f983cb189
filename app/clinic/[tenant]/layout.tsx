import type { ReactNode } from 'react';
import { BrandFrame } from '@/components/shell/brand-frame';
import { brandColor } from '@/lib/access/gate';

export default async function ClinicLayout({ children }: { children: ReactNode }) {
  return <BrandFrame color={await brandColor()}>{children}</BrandFrame>;
}
