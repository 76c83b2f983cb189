import type { Metadata } from 'next';
import { MessagePage } from '@/components/shell/message-page';
import { Button } from '@/components/ui/button';
import { env } from '@/lib/infra/env';
import { requestFacts } from '@/lib/infra/request';

export const metadata: Metadata = { title: 'Not found' };

export default async function NotFound() {
  const { host } = await requestFacts();
  const { APP_URL } = env();
  if (host.kind === 'root' || host.kind === 'signup') {
    return (
      <MessagePage title="This page does not exist">
        <p>The address may be mistyped, or the page has moved.</p>
        <Button asChild>
          <a href={APP_URL}>Go to the start page</a>
        </Button>
      </MessagePage>
    );
  }
  if (host.kind === 'admin') {
    return (
      <MessagePage title="This page does not exist">
        <p>The address may be mistyped, or the clinic has been deleted.</p>
        <Button asChild>
          <a href="/">Go to the overview</a>
        </Button>
      </MessagePage>
    );
  }
  return (
    <MessagePage title="There is nothing at this address">
      <p>Either no clinic works here, or this page or record does not exist. Check the address for typing mistakes.</p>
      <div className="flex flex-wrap gap-3">
        {host.kind !== 'unknown' && (
          <Button asChild variant="outline">
            <a href="/">Back to this clinic</a>
          </Button>
        )}
        <Button asChild variant="ghost">
          <a href={APP_URL}>About YourCRM</a>
        </Button>
      </div>
    </MessagePage>
  );
}
