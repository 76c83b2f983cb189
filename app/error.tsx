'use client';

import { MessagePage } from '@/components/shell/message-page';
import { Button } from '@/components/ui/button';

export default function ErrorPage({ error, retry }: { error: Error & { digest?: string }; retry: () => void }) {
  return (
    <MessagePage title="This page could not be shown">
      <p>Something went wrong on our side, or the service cannot be reached right now. Your data is safe.</p>
      {error.digest && <p className="text-sm">If you write to us, name this code: {error.digest}</p>}
      <Button onClick={retry}>Try again</Button>
    </MessagePage>
  );
}
