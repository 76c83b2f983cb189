import { NextResponse } from 'next/server';
import { storeStripeEvent, verifyStripeEvent } from '@/lib/billing/webhook';
import { answerError } from '@/lib/infra/define-route';
import { env } from '@/lib/infra/env';
import { AppError } from '@/lib/infra/errors';
import { readBody, requestFacts } from '@/lib/infra/request';

/** Stripe's events are a few kilobytes. */
const largest = 1024 * 1024;

/** Takes an event of Stripe's: 200 once it is kept; the worker does the rest. */
export async function POST(request: Request): Promise<NextResponse> {
  const facts = await requestFacts();
  try {
    if (facts.host.kind !== 'root') throw new AppError('not_found');
    const body = await readBody(request, largest);
    await storeStripeEvent(verifyStripeEvent(body, request.headers.get('stripe-signature'), env().STRIPE_WEBHOOK_SECRETS));
    return NextResponse.json({ received: true }, { headers: { 'cache-control': 'no-store' } });
  } catch (error) {
    return answerError('stripe-webhook', error, facts);
  }
}
