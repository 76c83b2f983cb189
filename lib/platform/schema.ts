import { z } from 'zod';
import { newPassword, totpCode } from '@/lib/access/schema';
import { gatedFeatures } from '@/lib/billing/features';
import { requiredText } from '@/lib/fields/fields';
import { metricKeys } from '@/lib/infra/metrics';

const linkToken = z.string().min(20).max(200);
export const codeSchema = z.object({ code: totpCode });
export const welcomeSchema = z.object({ token: linkToken, password: newPassword });
export const enrolmentSchema = z.object({ token: linkToken, factor: z.uuid(), code: totpCode });

const reason = requiredText(500, 'Say why, in at least five characters.', 5);
export const holdSchema = z.object({ clinic: z.uuid(), reason });

export const clinicStatuses = { trialing: 'Trial', active: 'Active', past_due: 'Payment overdue', cancelled: 'Cancelled' } as const;
export const holdKinds = { trial_expired: 'Trial ended', unpaid: 'Unpaid', admin: 'Paused by us', security: 'Security' } as const;
export const clinicSorts = { newest: 'Newest', oldest: 'Oldest', name: 'Name', people: 'Most people', patients: 'Most patients' } as const;
export const periods = { day: '30 days', week: '12 weeks', month: '12 months' } as const;

type Key<T> = Extract<keyof T, string>;
const keysOf = <T extends Record<string, string>>(labels: T) => Object.keys(labels) as [Key<T>, ...Key<T>[]];
const status = z.enum(keysOf(clinicStatuses));
const kind = z.enum(keysOf(holdKinds));

/** What the list of clinics is asked for; what an address says wrongly counts as not said. */
export const clinicQuerySchema = z.object({
  search: z.string().trim().max(100).catch(''),
  status: status.optional().catch(undefined),
  plan: z
    .string()
    .regex(/^[a-z_]{2,40}$/)
    .optional()
    .catch(undefined),
  hold: z
    .enum(['none', 'open', ...kind.options])
    .optional()
    .catch(undefined),
  sort: z.enum(keysOf(clinicSorts)).catch('newest'),
  page: z.coerce.number().int().min(1).max(100_000).catch(1),
});
export type ClinicQuery = z.infer<typeof clinicQuerySchema>;

export const periodSchema = z.enum(keysOf(periods)).catch('day');
export type Period = z.infer<typeof periodSchema>;

export const gateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('ok'), email: z.string() }),
  z.object({ status: z.literal('second_factor'), factor_id: z.uuid() }),
  z.object({ status: z.literal('signed_out'), run_out: z.boolean() }),
]);

export const clinicPageSchema = z.object({
  total: z.number(),
  rows: z.array(
    z.object({
      id: z.uuid(),
      slug: z.string(),
      name: z.string(),
      created_at: z.string(),
      plan: z.string(),
      status,
      trial_ends_at: z.string().nullable(),
      people: z.number(),
      patients: z.number(),
      holds: z.array(kind),
    }),
  ),
});
export type ClinicPage = z.infer<typeof clinicPageSchema>;

const moment = z.string();
export const clinicSchema = z.object({
  id: z.uuid(),
  slug: z.string(),
  name: z.string(),
  created_at: moment,
  time_zone: z.string(),
  currency: z.string(),
  locale: z.string(),
  contact_email: z.string().nullable(),
  status,
  plan: z.string(),
  trial_ends_at: moment.nullable(),
  usage: z.array(z.object({ metric: z.string(), used: z.number(), limit: z.number().nullable() })),
  members: z.array(
    z.object({
      email: z.string(),
      full_name: z.string(),
      role: z.string(),
      status: z.string(),
      verified: z.boolean(),
      joined_at: moment,
      last_seen_at: moment.nullable(),
    }),
  ),
  members_total: z.number(),
  holds: z.array(
    z.object({
      id: z.uuid(),
      kind,
      reason: z.string(),
      placed_at: moment,
      lifted_at: moment.nullable(),
      lift_reason: z.string().nullable(),
    }),
  ),
  domains: z.array(z.object({ host: z.string(), verified_at: moment.nullable() })),
  agreements: z.array(z.object({ document: z.string(), version: z.string(), accepted_at: moment })),
});
export type Clinic = z.infer<typeof clinicSchema>;

export const auditSchema = z.array(
  z.object({
    id: z.number(),
    occurred_at: moment,
    action: z.string(),
    changed_fields: z.array(z.string()),
    outcome: z.enum(['done', 'refused', 'failed']),
    actor: z.string().nullable(),
    by_platform: z.boolean(),
  }),
);
export type AuditEntry = z.infer<typeof auditSchema>[number];

export const totalsSchema = z.object({
  clinics: z.number(),
  on_hold: z.number(),
  by_status: z.partialRecord(status, z.number()),
  by_plan: z.array(z.object({ plan: z.string(), clinics: z.number() })),
  people: z.number(),
  over_time: z.array(z.object({ start: z.string(), sign_ups: z.number(), clinics: z.number() })),
});
export type Totals = z.infer<typeof totalsSchema>;

/** Whose a row is, and how many rows there are, of which the newest are listed. */
const whose = { tenant_id: z.uuid().nullable(), clinic: z.string().nullable(), total: z.number() };
/** What did not go by itself between Stripe and the clinics. */
export const billingProblemsSchema = z.object({
  alerts: z.array(
    z.object({
      ...whose,
      id: z.number(),
      kind: z.enum(['unknown_price', 'second_subscription', 'customer_deleted', 'dispute', 'drift']),
      about: z.string(),
      detail: z.string(),
      occurred_at: z.string(),
    }),
  ),
  events: z.array(
    z.object({
      ...whose,
      id: z.string(),
      type: z.string(),
      received_at: z.string(),
      attempts: z.number(),
      last_error: z.string().nullable(),
    }),
  ),
  jobs: z.array(z.object({ ...whose, id: z.string(), task: z.string(), run_at: z.string(), attempts: z.number() })),
});
export type BillingProblems = z.infer<typeof billingProblemsSchema>;

export const eventSchema = z.object({ event: z.string().min(4).max(255) });
export const billingAlertSchema = z.object({ alert: z.number().int().positive() });

const granted = { reason: z.string(), expires_at: moment.nullable(), over: z.boolean().nullable() };
/** What a clinic may, and what the platform granted or took beside its plan. A null limit means unlimited; `over` has run out. */
export const entitlementsSchema = z.object({
  limits: z.array(
    z.object({
      metric: z.string(),
      period: z.enum(['total', 'month', 'hour']),
      used: z.number().nullable(),
      limit: z.number().nullable(),
      override: z.object({ ...granted, limit: z.number().nullable() }).nullable(),
    }),
  ),
  features: z.array(z.string()),
  overrides: z.array(z.object({ ...granted, feature: z.string(), granted: z.boolean() })),
});
export type Entitlements = z.infer<typeof entitlementsSchema>;

/** The last moment of a day of the platform's clock; null where none is given. */
const lastDay = z
  .union([z.literal(''), z.iso.date('Enter a day, or leave it empty.')])
  .transform((day) => (day ? `${day}T23:59:59Z` : null))
  .refine((until) => until === null || Date.parse(until) > Date.now(), 'This day is past.');
const override = { clinic: z.uuid(), until: lastDay, reason };
export const limitOverrideSchema = z
  .object({
    ...override,
    metric: z.enum(metricKeys.filter((metric) => metric !== 'mails') as [string, ...string[]], { error: 'Choose what is limited.' }),
    limit: z
      .string()
      .trim()
      .regex(/^\d{0,15}$/, 'Enter a whole number.'),
    unlimited: z.literal('on').optional(),
  })
  .refine(({ limit, unlimited }) => (limit === '') === (unlimited === 'on'), {
    path: ['limit'],
    error: 'Enter a number, or tick that there is no limit.',
  })
  .transform(({ limit, unlimited, ...rest }) => ({ ...rest, limit: unlimited ? null : Number(limit) }));
export const featureOverrideSchema = z.object({
  ...override,
  feature: z.enum(gatedFeatures, { error: 'Choose a feature.' }),
  granted: z.enum(['yes', 'no'], { error: 'Choose one.' }).transform((answer) => answer === 'yes'),
});
export const overrideEndSchema = z.object({ clinic: z.uuid(), key: z.string().max(60) });
