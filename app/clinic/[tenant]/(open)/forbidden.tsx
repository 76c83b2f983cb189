import type { Metadata } from 'next';
import { MessagePage } from '@/components/shell/message-page';
import { Button } from '@/components/ui/button';
import { Link } from '@/components/ui/link';

export const metadata: Metadata = { title: 'Not allowed' };

export default function Forbidden() {
  return (
    <MessagePage title="Your role does not open this page">
      <p>Ask an administrator of your clinic if you need it.</p>
      <Button asChild variant="outline">
        <Link href="/">Go to the dashboard</Link>
      </Button>
    </MessagePage>
  );
}
