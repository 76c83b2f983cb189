import { z } from 'zod';

export const intervals = ['month', 'year'] as const;
export type Interval = (typeof intervals)[number];

const label = z.object({
  key: z.string(),
  name: z.string(),
  version: z.number(),
  position: z.number(),
  interval: z.enum(intervals).nullable(),
  amount: z.number().nullable(),
  currency: z.string().nullable(),
});
/** A plan with the price that was agreed on, in minor units. */
export type PlanLabel = z.infer<typeof label>;

/** What is known of what a clinic pays, as the database answers it; times as ISO 8601. */
export const billingState = z.object({
  tenant_id: z.uuid(),
  status: z.enum(['trialing', 'active', 'past_due', 'cancelled']),
  plan: label,
  /** What is being paid for, or will be when the trial ends; null without a subscription. */
  bought: label.nullable(),
  customer: z.string().nullable(),
  subscription: z.string().nullable(),
  stripe_status: z.string().nullable(),
  trial_ends_at: z.string().nullable(),
  /** Until when the clinic works on after its trial without a plan. */
  grace_ends_at: z.string().nullable(),
  converted: z.boolean(),
  period_start: z.string().nullable(),
  period_end: z.string().nullable(),
  ends_at: z.string().nullable(),
  next: label.extend({ starts_at: z.string() }).nullable(),
  past_due_since: z.string().nullable(),
  /** Until when the clinic works on although it owes. */
  owed_until: z.string().nullable(),
  free: z.boolean(),
  unpaid_hold: z.boolean(),
  /** Whether the platform has paused the clinic, or closed it for safety. */
  paused: z.boolean(),
  synced: z.number(),
});
export type BillingState = z.infer<typeof billingState>;

/** A price of the newest version of a plan. */
export type Offer = { plan: string; position: number; interval: Interval; amount: number; price: string | null };

/** Plan key → what the clinic has more of than it allows. */
export const excess = z.record(z.string(), z.array(z.object({ metric: z.string(), used: z.number(), limit: z.number() })));
export type Excess = z.infer<typeof excess>;

export const planChoice = z.object({
  plan: z.enum(['free', 'starter', 'professional', 'enterprise'], 'Choose a plan.'),
  interval: z.enum(intervals, 'Choose month or year.'),
});
export type PlanChoice = z.infer<typeof planChoice>;

/** How a clinic gets from what it has to a plan; lib/billing/changes.ts decides. */
export const ways = ['same', 'checkout', 'now', 'later', 'free', 'end'] as const;

/**
 * A change that was looked at before: it happens only by the way that was shown, and costs what was shown, because it counts from the same
 * moment (Unix seconds).
 */
export const planChange = planChoice.extend({ way: z.enum(ways), prorationDate: z.number().int().positive().optional() });

/** The same for programs, whose names are in snake case. */
export const subscriptionChange = planChoice.extend({ proration_date: planChange.shape.prorationDate });

/** Why a clinic leaves, in Stripe's words. https://docs.stripe.com/api/subscriptions/update#update_subscription-cancellation_details-feedback */
export const cancelReasons = {
  too_expensive: 'It costs too much',
  missing_features: 'Something is missing',
  switched_service: 'We use another product',
  unused: 'We do not use it',
  customer_service: 'The service was not good',
  too_complex: 'It is too complicated',
  low_quality: 'It does not work well',
  other: 'Something else',
} as const;
export type CancelReason = keyof typeof cancelReasons;
export const cancellation = z.object({
  reason: z.enum(Object.keys(cancelReasons) as [CancelReason, ...CancelReason[]], 'Choose a reason.'),
  comment: z.string().trim().max(500, 'Use at most 500 characters.').optional(),
});
export type Cancellation = z.infer<typeof cancellation>;
