'use client';

import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { confirmEmailChange } from '@/lib/access/actions';
import { useRedeem } from './use-redeem';

const redeem = (token: string) => confirmEmailChange({ token });

/** Makes a new address the person's by the link that went there. */
export function ConfirmEmail() {
  const state = useRedeem(redeem);
  return (
    <>
      {state.status === 'idle' && <p role="status">Confirming …</p>}
      {state.status === 'error' && <Alert kind="error">{state.message}</Alert>}
      {state.status === 'ok' &&
        (state.data.changed ? (
          <Alert kind="success">This is your address now. You sign in with it from here on; your other sessions have ended.</Alert>
        ) : (
          <Alert kind="error">
            This link has been used or has run out, or the address has an account by now. Your address is as it was.
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
