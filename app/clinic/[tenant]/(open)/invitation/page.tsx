import type { Metadata } from 'next';
import { SignInFrame } from '@/components/shell/sign-in-frame';
import { AcceptInvitation } from '@/components/team/accept-invitation';
import { visitClinic } from '@/lib/access/gate';

export const metadata: Metadata = { title: 'Invitation' };

export default async function InvitationPage() {
  const clinic = await visitClinic();
  return (
    <SignInFrame clinic={clinic} title={`Join ${clinic.name}`}>
      <AcceptInvitation clinic={clinic.name} />
    </SignInFrame>
  );
}
