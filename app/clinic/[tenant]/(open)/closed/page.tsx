import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { MessagePage } from '@/components/shell/message-page';
import { isClosed } from '@/lib/access/gate';

export const metadata: Metadata = { title: 'Closed' };

export default async function ClosedPage() {
  if (!(await isClosed())) redirect('/');
  return (
    <MessagePage title="This clinic has closed its account">
      <p>Nobody can sign in here any more. Patients, please contact the clinic directly.</p>
    </MessagePage>
  );
}
