import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { decide } from '@/lib/billing/events';
import { verifyStripeEvent } from '@/lib/billing/webhook';

const secrets = ['whsec_new_secret', 'whsec_old_secret'];
const payload = JSON.stringify({
  id: 'evt_1',
  object: 'event',
  type: 'invoice.paid',
  created: 1,
  data: { object: { id: 'in_1', object: 'invoice' } },
});
const seconds = () => Math.floor(Date.now() / 1000);
const signed = (secret: string, timestamp = seconds(), body = payload, scheme = 'v1') =>
  Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp, scheme });
const verified = (header: string | null, body = payload) => verifyStripeEvent(Buffer.from(body), header, secrets).id;
const sameTime = seconds();
const [present = '', former = ''] = secrets;

describe('a signature', () => {
  test.each([
    ['by the secret', () => signed(present)],
    ['by the secret of before, while it is replaced', () => signed(former)],
    ['nearly five minutes old', () => signed(present, seconds() - 290)],
    ['of a clock nearly five minutes ahead', () => signed(present, seconds() + 290)],
    ['among others', () => [signed('whsec_other', sameTime), signed(present, sameTime).split(',')[1]].join()],
  ])('%s holds', (_what, header) => expect(verified(header())).toBe('evt_1'));

  test.each([
    ['by another secret', () => signed('whsec_other'), payload],
    ['older than five minutes', () => signed(present, seconds() - 310), payload],
    ['from the future', () => signed(present, seconds() + 310), payload],
    ['by another scheme', () => signed(present, seconds(), payload, 'v0'), payload],
    ['of another body', () => signed(present), payload.replace('evt_1', 'evt_2')],
    ['of a body that differs by a space', () => signed(present), `${payload} `],
    ['without a time', () => signed(present).replace(/^t=\d+,/, ''), payload],
    ['with a time of its own', () => signed(present).replace(/^t=\d+/, `t=${seconds() - 5}`), payload],
    ['that is empty', () => '', payload],
    ['that is missing', () => null, payload],
    ['of a body that is no event', () => signed(present, seconds(), 'no json'), 'no json'],
  ])('%s is refused', (_what, header, body) => {
    expect(() => verified(header(), body)).toThrow(expect.objectContaining({ code: 'bad_signature' }));
  });
});

test('each type of event has a decision, and one that is not about plans changes nothing', () => {
  expect(decide('customer.subscription.updated')).toEqual({ handling: 'sync' });
  expect(decide('charge.dispute.created')).toEqual({ handling: 'look_up', alert: 'dispute' });
  expect(decide('toString').handling).toBe('ignore');
  expect(decide('account.updated').handling).toBe('ignore');
});
