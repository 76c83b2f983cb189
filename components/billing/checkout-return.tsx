'use client';

import { useEffect, useRef } from 'react';
import { useServerAction } from '@/components/form/use-server-action';
import { Alert } from '@/components/ui/alert';
import { look } from '@/lib/billing/actions';

/** After the payment page: waits until the payment counts here. */
export function CheckoutReturn() {
  const { submit, problem } = useServerAction(look);
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    submit({});
  });
  if (problem)
    return <Alert kind="notice" className="mb-6">{`Your payment was received. ${problem} Your plan follows within a minute.`}</Alert>;
  return (
    <Alert kind="success" className="mb-6">
      Thank you. Your plan is being set up …
    </Alert>
  );
}
