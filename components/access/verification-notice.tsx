'use client';

import { useState } from 'react';
import { useServerAction } from '@/components/form/use-server-action';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { resendVerification } from '@/lib/access/actions';

/** Says that the address is not confirmed yet, and sends the mail again on demand. */
export function VerificationNotice({ email }: { email: string }) {
  const [sent, setSent] = useState<boolean>();
  const { submit, pending, problem } = useServerAction(resendVerification, (data) => setSent(data.sent));
  const answer =
    problem ?? (sent === undefined ? '' : sent ? 'Sent. Please look into your inbox.' : 'Not sent: three mails an hour are the most.');

  return (
    <Alert kind="notice">
      <p>
        Please confirm your address: we sent a link to <strong className="break-all">{email}</strong>.
      </p>
      <div className="mt-1 flex flex-wrap items-center gap-x-3">
        <Button variant="link" size="text" disabled={pending} onClick={() => submit({})} className="text-inherit underline">
          Send it again
        </Button>
        <span role="status">{answer}</span>
      </div>
    </Alert>
  );
}
