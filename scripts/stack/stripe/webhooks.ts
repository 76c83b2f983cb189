import { createHmac } from 'node:crypto';
import { realTime, type StripeEvent } from './state';
import type { World } from './world';

/** Where events are posted, and the secrets that sign them: two while a secret is being rotated. */
export type Endpoint = { url: string; secrets: string[] };

/** Pauses after the first and each later failure, in milliseconds; three days in all, as Stripe's. */
const second = 1000;
const pauses = [1, 5, 30, 300, 1800, 7200, 18_000, 36_000, 36_000, 36_000, 36_000, 36_000, 36_000].map((seconds) => seconds * second);

const timeout = 10_000;

/** The header that signs a body. https://docs.stripe.com/webhooks#verify-manually */
export function signature(body: string, secrets: string[], at = realTime()): string {
  const marks = secrets.map((secret) => `v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`);
  return [`t=${at}`, ...marks].join(',');
}

/** Posts one event; answers why it was not taken, or null. */
export async function post(event: StripeEvent, { url, secrets }: Endpoint): Promise<string | null> {
  const body = JSON.stringify(event, null, 2);
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'stripe-signature': signature(body, secrets),
        'user-agent': 'Stripe/1.0',
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    });
    await answer.body?.cancel();
    return answer.ok ? null : `HTTP ${answer.status}`;
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown';
  }
}

/** What waits to be delivered now. */
export const dueDeliveries = ({ state }: World) => (state.held ? [] : state.deliveries.filter(({ next_at }) => next_at <= Date.now()));

/** Delivers what is due; what fails waits longer each time, and is given up after three days. */
export async function deliverDue(world: World, endpoint: Endpoint): Promise<void> {
  const { state } = world;
  await Promise.all(
    dueDeliveries(world)
      .slice(0, 20)
      .map(async (delivery) => {
        const event = state.event[delivery.event];
        delivery.failure = event ? await post(event, endpoint) : null;
        delivery.attempts += 1;
        const pause = pauses[delivery.attempts - 1];
        if (delivery.failure !== null && pause !== undefined) {
          delivery.next_at = Date.now() + pause;
          return;
        }
        if (event) event.pending_webhooks = 0;
        state.deliveries = state.deliveries.filter((other) => other !== delivery);
      }),
  );
}
