'use client';

import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { enterByCode } from '@/lib/access/actions';
import { useRedeem } from './use-redeem';

const redeem = (code: string) => enterByCode({ code });

export function Handoff() {
  const state = useRedeem(redeem);
  if (state.status !== 'error') return <p role="status">One moment, you are being signed in …</p>;
  return (
    <>
      <Alert kind="error">{state.message}</Alert>
      <Button asChild className="self-start">
        <a href="/login">Go to sign-in</a>
      </Button>
    </>
  );
}
