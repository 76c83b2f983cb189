import type { ReactNode } from 'react';
import { SignInFrame } from '@/components/shell/sign-in-frame';

/** The frame of the pages that lead into the platform. */
export function EntranceFrame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <SignInFrame clinic={{ name: 'YourCRM Platform', logo_hash: null }} title={title}>
      {children}
    </SignInFrame>
  );
}
