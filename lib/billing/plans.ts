import type { PlanLabel } from './schema';

/** What a plan offers, as the price page and later the billing page show it. Amounts in minor units, null limits are unlimited. */
export type Plan = {
  key: string;
  name: string;
  /** The order of the catalogue: who has more has a higher one. */
  position: number;
  prices: { month: number; year: number };
  limits: Record<string, number | null>;
  features: string[];
};

const count = (value: number) => value.toLocaleString('en');
const gigabyte = 1024 ** 3;

function size(bytes: number): string {
  return bytes >= 1024 * gigabyte ? `${count(bytes / 1024 / gigabyte)} TB` : `${count(bytes / gigabyte)} GB`;
}

/** The limits that a comparison shows, in order. */
export const limitRows: { metric: string; label: string; write: (value: number) => string }[] = [
  { metric: 'users', label: 'People', write: count },
  { metric: 'patients', label: 'Active patients', write: count },
  { metric: 'appointments', label: 'Appointments a month', write: count },
  { metric: 'calls', label: 'Calls a month', write: count },
  { metric: 'sms', label: 'Text messages a month', write: count },
  { metric: 'locations', label: 'Locations', write: count },
  { metric: 'storage_bytes', label: 'Storage', write: size },
  { metric: 'api_calls', label: 'API calls an hour', write: count },
];

/** A plan's limit as a person reads it. */
export function writeLimit(plan: Plan, { metric, write }: (typeof limitRows)[number]): string {
  const limit = plan.limits[metric];
  return limit === null || limit === undefined ? 'unlimited' : write(limit);
}

/** Every feature of the catalogue: what it is called, and whether it can be used today. */
export const featureRows: { feature: string; label: string; ready: boolean }[] = [
  { feature: 'patients', label: 'Patients', ready: true },
  { feature: 'export', label: 'Export', ready: true },
  { feature: 'brand', label: 'Logo and colour', ready: true },
  { feature: 'import', label: 'Import (also in the trial)', ready: true },
  { feature: 'calendar', label: 'Calendar', ready: false },
  { feature: 'calls', label: 'Calls', ready: false },
  { feature: 'notes', label: 'Notes', ready: false },
  { feature: 'invoices', label: 'Invoices', ready: false },
  { feature: 'files', label: 'Files', ready: false },
  { feature: 'online_booking', label: 'Online booking', ready: false },
  { feature: 'api', label: 'API', ready: false },
  { feature: 'webhooks', label: 'Webhooks', ready: false },
  { feature: 'mfa', label: 'Second factor', ready: false },
  { feature: 'sms', label: 'Text messages', ready: false },
  { feature: 'reminders', label: 'Reminders', ready: false },
  { feature: 'custom_fields', label: 'Fields of your own', ready: false },
  { feature: 'custom_roles', label: 'Roles of your own', ready: true },
  { feature: 'own_records_scope', label: 'Practitioners see their own patients only', ready: false },
  { feature: 'advanced_reports', label: 'Advanced reports', ready: false },
  { feature: 'fonts', label: 'Fonts', ready: false },
  { feature: 'mail_templates', label: 'Mail templates', ready: false },
  { feature: 'no_platform_mark', label: 'Without our mark', ready: false },
  { feature: 'patient_portal', label: 'Patient portal', ready: false },
  { feature: 'audit_export', label: 'Export of the activity log', ready: false },
  { feature: 'sso', label: 'Single sign-on', ready: false },
  { feature: 'custom_domain', label: 'Domain of your own', ready: false },
  { feature: 'dedicated_project', label: 'Dedicated database', ready: false },
  { feature: 'retention_rules', label: 'Retention rules', ready: false },
  { feature: 'support_24_7', label: 'Support around the clock', ready: false },
];

/** A price in whole dollars, which all of the catalogue's are, or with cents. */
export function formatPrice(minor: number, currency: string | null = null): string {
  return (minor / 100).toLocaleString('en', {
    style: 'currency',
    currency: (currency ?? 'usd').toUpperCase(),
    minimumFractionDigits: minor % 100 === 0 ? 0 : 2,
  });
}

const per = { month: 'a month', year: 'a year' } as const;

/** What a plan costs in words; one without a price costs nothing. */
export function writePrice({ amount, interval, currency }: Pick<PlanLabel, 'amount' | 'interval' | 'currency'>): string {
  return amount === null || interval === null ? 'Free of charge' : `${formatPrice(amount, currency)} ${per[interval]}`;
}
