'use client';

import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { verifyEmail } from '@/lib/access/actions';
import { useRedeem } from './use-redeem';

const redeem = (token: string) => verifyEmail({ token });

export function VerifyEmail() {
  const state = useRedeem(redeem);
  return (
    <>
      {state.status === 'idle' && <p role="status">Confirming …</p>}
      {state.status === 'error' && <Alert kind="error">{state.message}</Alert>}
      {state.status === 'ok' &&
        (state.data.verified ? (
          <Alert kind="success">Thank you, your address is confirmed.</Alert>
        ) : (
          <Alert kind="error">
            This link has been used or has run out. If your address is not confirmed yet, ask for a new mail on the dashboard.
          </Alert>
        ))}
      {state.status !== 'idle' && (
        <Button asChild className="self-start">
          <a href="/">Go to the clinic</a>
        </Button>
      )}
    </>
  );
}
