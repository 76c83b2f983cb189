'use client';

import { loadStripe } from '@stripe/stripe-js/pure';
import { useEffect, useRef, useState } from 'react';
import { Alert } from '@/components/ui/alert';
import { Card } from '@/components/ui/card';

/** `clientSecret` is null where Stripe could not be asked for it. */
type EmbeddedCheckoutProps = { publishableKey: string; clientSecret: string | null };

/** When the form before is gone: Stripe makes one at a time. */
let before: Promise<unknown> = Promise.resolve();

/** Stripe's payment form. Its script is loaded here alone; nothing that is typed into it comes to us. */
export function EmbeddedCheckout({ publishableKey, clientSecret }: EmbeddedCheckoutProps) {
  const place = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<'loading' | 'shown' | 'failed'>(clientSecret === null ? 'failed' : 'loading');

  useEffect(() => {
    if (clientSecret === null) return;
    const made = before.then(async () => {
      const stripe = await loadStripe(publishableKey);
      if (!stripe) throw new Error('Stripe runs in browsers only');
      return stripe.createEmbeddedCheckoutPage({ clientSecret });
    });
    made.then(
      (form) => {
        if (place.current) form.mount(place.current);
        setState('shown');
      },
      () => setState('failed'),
    );
    return () => {
      before = made.then((form) => form.destroy()).catch(() => undefined);
    };
  }, [publishableKey, clientSecret]);

  return (
    <Card className="flex flex-col gap-4">
      {state === 'loading' && (
        <p role="status" className="text-muted-foreground text-sm">
          Asking Stripe for the form …
        </p>
      )}
      {state === 'failed' && (
        <Alert kind="error">
          Stripe’s payment form could not be loaded. Nothing was charged. Reload the page, or go back and choose the plan again; a blocker
          of scripts may be in the way.
        </Alert>
      )}
      <div ref={place} />
      <a href="/billing" className="self-start font-medium text-primary text-sm underline-offset-4 hover:underline">
        Back to the plans
      </a>
    </Card>
  );
}
