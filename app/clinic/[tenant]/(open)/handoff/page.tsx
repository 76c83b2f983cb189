import type { Metadata } from 'next';
import { Handoff } from '@/components/access/handoff';
import { SignInFrame } from '@/components/shell/sign-in-frame';
import { visitClinic } from '@/lib/access/gate';

export const metadata: Metadata = { title: 'Welcome' };

export default async function HandoffPage() {
  const clinic = await visitClinic();
  return (
    <SignInFrame clinic={clinic} title="Opening your clinic">
      <Handoff />
    </SignInFrame>
  );
}
