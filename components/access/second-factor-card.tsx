'use client';

import { useState } from 'react';
import { ConfirmButton } from '@/components/form/confirm-button';
import { useServerAction } from '@/components/form/use-server-action';
import { Alert } from '@/components/ui/alert';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { useHydrated } from '@/components/ui/use-hydrated';
import type { SecondFactor } from '@/lib/access/schema';
import { removeSecondFactor, replaceRecoveryCodes } from '@/lib/access/second-factor-actions';
import { formatDay } from '@/lib/time/format';
import { EnrolSecondFactor } from './enrol-second-factor';
import { RecoveryCodes } from './recovery-codes';

function KeepFactor({ left }: { left: number }) {
  const hydrated = useHydrated();
  const [codes, setCodes] = useState<string[]>();
  const { submit, pending, problem } = useServerAction(replaceRecoveryCodes, (answer) => setCodes(answer.codes));
  if (codes)
    return <RecoveryCodes codes={codes} notice="The earlier ones work no longer." onDone={() => window.location.assign('/account')} />;
  return (
    <>
      <p className="text-sm">
        {left} of 10 recovery codes are left.{left < 4 && ' Make new ones before they are gone.'} New ones take their place at once.
      </p>
      {problem && <Alert kind="error">{problem}</Alert>}
      <div className="flex flex-wrap gap-2">
        <Button variant="outline" disabled={pending || !hydrated} onClick={() => submit({})}>
          {pending ? 'One moment …' : 'New recovery codes'}
        </Button>
        <ConfirmButton label="Turn it off" title="Turn the second factor off?" confirm="Turn it off" action={removeSecondFactor} input={{}}>
          <p>Your password alone will sign you in, and your recovery codes stop working.</p>
          <p>Where a clinic requires a second factor, it asks you to set one up again.</p>
        </ConfirmButton>
      </div>
    </>
  );
}

/** The caller's second factor: set it up, renew its recovery codes, take it off. */
export function SecondFactorCard({ factor, timeZone, due }: { factor: SecondFactor; timeZone: string; due: string | null }) {
  return (
    <Card className="flex flex-col gap-5">
      <div>
        <h2 className="font-semibold">Second factor</h2>
        <p className="mt-1 text-muted-foreground text-sm">
          {factor
            ? `An authenticator app, since ${formatDay(factor.since, timeZone)}. Its code is asked for when you sign in, and before exports, changes of roles and the like.`
            : 'A code of an authenticator app besides your password, so that a stolen password opens nothing.'}
        </p>
      </div>
      {!factor && due && <Alert kind="notice">Your clinic requires this from {formatDay(due, timeZone)} on.</Alert>}
      {factor ? <KeepFactor left={factor.codes_left} /> : <EnrolSecondFactor />}
    </Card>
  );
}
