import { z } from 'zod';
import type { Define } from './api';
import { addIntervals } from './calendar';
import { priceOf } from './catalogue';
import { expand, integer, merged, metadata, page, text } from './parameters';
import { missing, StripeProblem } from './problem';
import { idOf, refId, type Schedule, type Subscription, timeOf } from './state';
import { end, recurrenceOf } from './subscribing';
import { subscriptionOfId } from './subscriptions';
import { change, emit, paged, type World } from './world';

type Phase = Schedule['phases'][number];

const phaseOf = (
  currency: string,
  start: number,
  end: number,
  items: { price: string; quantity: number }[],
  behavior: Phase['proration_behavior'],
  discounts: string[],
): Phase => ({
  add_invoice_items: [],
  application_fee_percent: null,
  billing_cycle_anchor: null,
  billing_thresholds: null,
  collection_method: null,
  currency,
  default_payment_method: null,
  description: null,
  discounts: discounts.map((discount) => ({ coupon: null, discount, promotion_code: null })),
  end_date: end,
  invoice_settings: null,
  items: items.map(({ price, quantity }) => ({ billing_thresholds: null, discounts: [], metadata: {}, plan: price, price, quantity })),
  metadata: {},
  on_behalf_of: null,
  proration_behavior: behavior,
  start_date: start,
  transfer_data: null,
  trial_end: null,
});

/** A schedule whose only phase is the period that a subscription is in. */
function fromSubscription(world: World, subscription: Subscription, at: number): Schedule {
  const item = subscription.items.data[0];
  if (!item) throw new StripeProblem('The subscription has no items.', { param: 'from_subscription' });
  if (subscription.schedule)
    throw new StripeProblem(
      `You cannot migrate a subscription that is already attached to a schedule: \`${subscription.id}\` is already attached to \`${refId(subscription.schedule)}\`.`,
    );
  const items = subscription.items.data.map(({ price, quantity }) => ({ price: price.id, quantity: quantity ?? 1 }));
  const phase = phaseOf(
    subscription.currency,
    item.current_period_start,
    item.current_period_end,
    items,
    'create_prorations',
    subscription.discounts.map(refId),
  );
  const schedule: Schedule = {
    id: idOf('subscription_schedule'),
    object: 'subscription_schedule',
    application: null,
    billing_mode: subscription.billing_mode,
    canceled_at: null,
    completed_at: null,
    created: at,
    current_phase: { start_date: phase.start_date, end_date: phase.end_date },
    customer: subscription.customer,
    customer_account: null,
    default_settings: {
      application_fee_percent: null,
      billing_cycle_anchor: 'automatic',
      billing_thresholds: null,
      collection_method: 'charge_automatically',
      default_payment_method: null,
      description: null,
      invoice_settings: {
        account_tax_ids: null,
        custom_fields: null,
        days_until_due: null,
        description: null,
        footer: null,
        issuer: { type: 'self' },
      },
      on_behalf_of: null,
      transfer_data: null,
    },
    end_behavior: 'release',
    livemode: false,
    metadata: {},
    pause_schedules: [],
    phases: [phase],
    released_at: null,
    released_subscription: null,
    status: 'active',
    subscription: subscription.id,
    test_clock: refId(subscription.test_clock) || null,
  };
  world.state.subscription_schedule[schedule.id] = schedule;
  emit(world, 'subscription_schedule.created', schedule);
  change(world, subscription, 'customer.subscription.updated', (altered) => {
    altered.schedule = schedule.id;
  });
  return schedule;
}

const wantedPhase = z.strictObject({
  items: z.array(z.strictObject({ price: text, quantity: integer.optional() })).min(1),
  start_date: integer.optional(),
  end_date: integer.optional(),
  duration: z.strictObject({ interval: z.enum(['day', 'week', 'month', 'year']), interval_count: integer.optional() }).optional(),
  proration_behavior: z.enum(['always_invoice', 'create_prorations', 'none']).optional(),
  // Without them a phase has those of the customer, and this emulator's customers have none.
  discounts: z.union([z.literal(''), z.array(z.strictObject({ discount: text }))]).optional(),
});

/** The phases that were asked for: each begins where the one before ends. */
function phasesOf(world: World, schedule: Schedule, wanted: z.infer<typeof wantedPhase>[]): Phase[] {
  const phases: Phase[] = [];
  for (const [n, { items, start_date, end_date, duration, proration_behavior, discounts }] of wanted.entries()) {
    const start = n === 0 ? (schedule.phases[0]?.start_date ?? 0) : (phases[n - 1]?.end_date ?? 0);
    if (start_date !== undefined && start_date !== start)
      throw new StripeProblem('Phases must be contiguous: each starts when the one before ends.', { param: `phases[${n}][start_date]` });
    const price = priceOf(world, items[0]?.price ?? '', `phases[${n}][items][0][price]`);
    const length = duration ? { interval: duration.interval, interval_count: duration.interval_count ?? 1 } : recurrenceOf(price);
    const until = end_date ?? addIntervals(start, length, 1);
    if (until <= start) throw new StripeProblem('The end of a phase must be after its start.', { param: `phases[${n}][end_date]` });
    const filled = items.map((item, m) => {
      const one = priceOf(world, item.price, `phases[${n}][items][${m}][price]`);
      recurrenceOf(one);
      return { price: one.id, quantity: item.quantity ?? 1 };
    });
    const ids = (discounts || []).map(({ discount }) => discount);
    for (const id of ids) if (!world.state.discount[id]) throw missing('discount', id, `phases[${n}][discounts]`);
    phases.push(phaseOf(price.currency, start, until, filled, proration_behavior ?? 'create_prorations', ids));
  }
  return phases;
}

/** What a subscription will be later: a downgrade at the end of its period is one. https://docs.stripe.com/billing/subscriptions/subscription-schedules */
export function defineSchedules(define: Define, world: World): void {
  const { state } = world;
  const found = (id: string) => {
    const schedule = state.subscription_schedule[id];
    if (!schedule) throw missing('subscription_schedule', id);
    return schedule;
  };
  const active = (id: string) => {
    const schedule = found(id);
    if (!['active', 'not_started'].includes(schedule.status))
      throw new StripeProblem(`You cannot update a subscription schedule that is currently in the \`${schedule.status}\` status.`);
    return schedule;
  };
  const timeAt = (schedule: Schedule) => timeOf(state, refId(schedule.customer));
  define('post', '/v1/subscription_schedules', z.strictObject({ from_subscription: text, ...expand }), ({ from_subscription }) => {
    const subscription = subscriptionOfId(world, from_subscription, 'from_subscription');
    return fromSubscription(world, subscription, timeOf(state, refId(subscription.customer)));
  });
  define('get', '/v1/subscription_schedules', z.strictObject({ customer: text.optional(), ...page }), (params) =>
    paged(
      Object.values(state.subscription_schedule).filter(
        ({ customer }) => params.customer === undefined || refId(customer) === params.customer,
      ),
      params,
      '/v1/subscription_schedules',
    ),
  );
  define('get', '/v1/subscription_schedules/:id', z.strictObject(expand), (_, part) => found(part('id')));
  define(
    'post',
    '/v1/subscription_schedules/:id',
    z.strictObject({
      phases: z.array(wantedPhase).min(1).max(10).optional(),
      end_behavior: z.enum(['cancel', 'release']).optional(),
      metadata: metadata.optional(),
      ...expand,
    }),
    (params, part) => {
      const schedule = active(part('id'));
      const phases = params.phases ? phasesOf(world, schedule, params.phases) : schedule.phases;
      const now = timeAt(schedule);
      const current = phases.find(({ start_date, end_date }) => start_date <= now && now < end_date);
      if (!current) throw new StripeProblem('The phases must include the present one.', { param: 'phases' });
      const before = schedule.phases.find(({ start_date }) => start_date === current.start_date);
      const sold = (phase: typeof current | undefined) => JSON.stringify(phase?.items.map(({ price, quantity }) => [price, quantity]));
      if (sold(before) !== sold(current))
        throw new StripeProblem('This emulator changes what is sold now by the subscription alone, not by its schedule.', {
          param: 'phases',
        });
      change(world, schedule, 'subscription_schedule.updated', (altered) => {
        altered.phases = phases;
        altered.current_phase = { start_date: current.start_date, end_date: current.end_date };
        altered.end_behavior = params.end_behavior ?? altered.end_behavior;
        altered.metadata = merged(altered.metadata, params.metadata);
      });
      return schedule;
    },
  );
  const letGo = (verb: 'release' | 'cancel') =>
    define('post', `/v1/subscription_schedules/:id/${verb}`, z.strictObject(expand), (_, part) => {
      const schedule = active(part('id'));
      const at = timeAt(schedule);
      const subscription = subscriptionOfId(world, refId(schedule.subscription));
      if (verb === 'cancel') {
        end(world, subscription, at);
        return schedule;
      }
      change(world, schedule, 'subscription_schedule.released', (altered) => {
        altered.status = 'released';
        altered.released_at = at;
        altered.released_subscription = subscription.id;
        altered.subscription = null;
        altered.current_phase = null;
      });
      change(world, subscription, 'customer.subscription.updated', (altered) => {
        altered.schedule = null;
      });
      return schedule;
    });
  letGo('release');
  letGo('cancel');
}
