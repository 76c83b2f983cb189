'use client';

import { useState, useTransition } from 'react';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { resendVerification } from '@/lib/access/actions';

/** Says that the address is not confirmed yet, and sends the mail again on demand. */
export function VerificationNotice({ email }: { email: string }) {
  const [pending, startTransition] = useTransition();
  const [answer, setAnswer] = useState<string>();

  function resend() {
    startTransition(async () => {
      const state = await resendVerification().catch(() => undefined);
      if (state?.status === 'ok') {
        setAnswer(state.data.sent ? 'Sent. Please look into your inbox.' : 'Not sent: three mails an hour are the most.');
      } else {
        setAnswer('The mail could not be sent. Please try again in a moment.');
      }
    });
  }

  return (
    <Alert kind="notice">
      <p>
        Please confirm your address: we sent a link to <strong className="break-all">{email}</strong>.
      </p>
      <div className="mt-1 flex flex-wrap items-center gap-x-3">
        <Button variant="link" disabled={pending} onClick={resend} className="text-inherit underline">
          Send it again
        </Button>
        <span role="status">{answer}</span>
      </div>
    </Alert>
  );
}
