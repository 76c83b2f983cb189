import type { CSSProperties, ReactNode } from 'react';
import { brandProperties } from '@/lib/settings/brand';

/** Gives everything inside the clinic's own colour. */
export function BrandFrame({ color, children }: { color: string | null; children: ReactNode }) {
  return (
    <div className={color ? 'brand contents' : 'contents'} style={brandProperties(color) as CSSProperties}>
      {children}
    </div>
  );
}
