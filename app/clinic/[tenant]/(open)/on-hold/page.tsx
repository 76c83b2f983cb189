import type { Metadata } from 'next';
import { SignOutButton } from '@/components/access/sign-out-button';
import { MessagePage } from '@/components/layout/message-page';
import { requireHold } from '@/lib/access/gate';

export const metadata: Metadata = { title: 'On hold' };

const reasons: Record<string, string> = {
  trial_expired: 'Its trial has ended. An owner can choose a plan to open it again.',
  unpaid: 'An invoice has not been paid. Paying it opens the clinic again.',
  admin: 'We have paused it. Your clinic’s owner has been told why.',
  security: 'It was closed for safety after something unusual. Your clinic’s owner has been told.',
};

export default async function OnHoldPage() {
  const { name, holds } = await requireHold();
  return (
    <MessagePage title={`${name} is on hold`}>
      {holds.map((hold) => (
        <p key={hold}>{reasons[hold]}</p>
      ))}
      <p>Nothing has been deleted. Please talk to the person who runs your clinic’s account.</p>
      <SignOutButton />
    </MessagePage>
  );
}
