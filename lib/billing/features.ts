import type { ClinicFacts } from '@/lib/access/schema';
import type { Plan } from './plans';

/** What a feature is called, what it does, whether it can be used today, and whether the database asks for it: only then can it be granted. */
type FeatureText = { label: string; about: string; ready: boolean; gated?: true };

/** Every feature of the catalogue, in the order in which a comparison shows them. */
export const features = {
  patients: {
    label: 'Patients',
    about: 'Records of your patients, found by any part of a name, a phone number or a date of birth.',
    ready: true,
  },
  export: { label: 'Export', about: 'All patients as a file that other programs read, at any time.', ready: true },
  brand: { label: 'Logo and colour', about: 'Your logo and colour in the app, on the sign-in page and in mails.', ready: true },
  mfa: {
    label: 'Second factor',
    about: 'Signing in with a code of an authenticator app, for yourself or required of everybody.',
    ready: true,
  },
  import: {
    label: 'Import',
    about:
      'Patients of another system from a file: columns are recognised, wrong lines are listed with their reason, known patients are updated.',
    ready: true,
    gated: true,
  },
  calendar: { label: 'Calendar', about: 'Appointments of every practitioner, without double bookings.', ready: false },
  calls: { label: 'Calls', about: 'Phone calls with their patient, their outcome and what is to be done.', ready: false },
  notes: { label: 'Notes', about: 'Notes on a patient, with who wrote them and when.', ready: false },
  invoices: { label: 'Invoices', about: 'Invoices to patients, and their payments.', ready: false },
  files: { label: 'Files', about: 'Letters, pictures and findings with a patient’s record.', ready: false },
  online_booking: { label: 'Online booking', about: 'A page on which patients book free times by themselves.', ready: false },
  api: { label: 'API', about: 'Your own programs read and write what your people could.', ready: false },
  webhooks: { label: 'Webhooks', about: 'Your own programs hear of what happens as it happens.', ready: false },
  sms: { label: 'Text messages', about: 'Text messages to patients, and their answers.', ready: false },
  reminders: { label: 'Reminders', about: 'Patients are reminded of their appointments by mail or text message.', ready: false },
  custom_fields: { label: 'Fields of your own', about: 'Fields that your clinic needs in a patient’s record.', ready: false },
  custom_roles: {
    label: 'Roles of your own',
    about: 'Roles that allow exactly what you tick, beside the fixed ones.',
    ready: true,
    gated: true,
  },
  own_records_scope: {
    label: 'Practitioners see their own patients only',
    about: 'Practitioners see the patients they treat, and nobody else’s.',
    ready: false,
  },
  advanced_reports: { label: 'Advanced reports', about: 'How the clinic does, over time and in comparison.', ready: false },
  fonts: { label: 'Fonts', about: 'The typeface of your clinic in the app and in mails.', ready: false },
  mail_templates: { label: 'Mail templates', about: 'The wording of the mails that your patients get.', ready: false },
  no_platform_mark: { label: 'Without our mark', about: 'Pages and mails that name your clinic alone.', ready: false },
  patient_portal: {
    label: 'Patient portal',
    about: 'A page for your patients with their appointments, invoices and letters.',
    ready: false,
  },
  audit_export: {
    label: 'Export of the activity log',
    about: 'Who did what and who opened which record, as a file.',
    ready: true,
    gated: true,
  },
  sso: { label: 'Single sign-on', about: 'Your people sign in with the account of your organisation.', ready: false },
  custom_domain: { label: 'Domain of your own', about: 'The app at an address of your own.', ready: false },
  dedicated_project: { label: 'Dedicated database', about: 'A database that holds your clinic alone.', ready: false },
  retention_rules: { label: 'Retention rules', about: 'How long records are kept, and what happens then.', ready: false },
  support_24_7: { label: 'Support around the clock', about: 'Somebody answers at any hour.', ready: false },
} as const satisfies Record<string, FeatureText>;

export type Feature = keyof typeof features;
export const featureKeys = Object.keys(features) as [Feature, ...Feature[]];
export const gatedFeatures = featureKeys.filter((key) => 'gated' in features[key]) as [Feature, ...Feature[]];

/** Whether a text names a feature of the catalogue. */
export const isFeature = (text: string): text is Feature => featureKeys.some((key) => key === text);

/**
 * Whether the caller's clinic has a feature: its plan's, and what was granted or taken beside it. By the gate's answer, without
 * another request; what a feature does asks the database once more by itself.
 */
export function hasFeature({ facts }: { facts: Pick<ClinicFacts, 'plan'> }, feature: Feature): boolean {
  return facts.plan.features.includes(feature);
}

/** How a clinic stands to a feature: it has it, a larger plan would, or the platform granted or took it beside the plan. */
export function standingOf(
  facts: Pick<ClinicFacts, 'plan'>,
  plans: Plan[],
  feature: Feature,
): 'has' | 'granted' | 'taken' | { plan: string } | 'nowhere' {
  const override = facts.plan.overrides[feature];
  if (override !== undefined) return override ? 'granted' : 'taken';
  if (hasFeature({ facts }, feature)) return 'has';
  const plan = plans.find(({ features: held }) => held.includes(feature));
  return plan ? { plan: plan.name } : 'nowhere';
}
