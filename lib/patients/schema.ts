import { z } from 'zod';

const text = (max: number) =>
  z
    .string()
    .trim()
    .max(max, `Use at most ${max} characters.`)
    .transform((value) => value || null)
    .nullable()
    .default(null);

const required = (max: number, message: string) => z.string().trim().min(1, message).max(max, `Use at most ${max} characters.`);

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** Whether the text is an ISO 3166-1 alpha-2 code. */
function isCountry(code: string): boolean {
  return /^[A-Z]{2}$/.test(code) && regions.of(code) !== undefined;
}

// Length first: a pattern tried on a text without end would keep the server busy.
const phone = z
  .string()
  .trim()
  .max(40, { error: 'Use at most 40 characters.', abort: true })
  .refine((value) => value === '' || (/^[+0-9 ()./-]+(\s*(x|ext\.?)\s*\d+)?$/i.test(value) && value.replace(/\D/g, '').length >= 5), {
    message: 'Enter a phone number such as +1 617 555 0123.',
  })
  .transform((value) => value || null)
  .nullable()
  .default(null);

/** An unticked box is absent from a form. */
const consent = z
  .union([z.boolean(), z.literal('on')])
  .optional()
  .transform((value) => value === true || value === 'on');

export const sexes = ['female', 'male', 'other', 'unknown'] as const;

/** A patient's own details, as the form sends them; empty text is stored as null. */
export const patientSchema = z.object({
  given_name: required(100, 'Enter the first name.'),
  family_name: required(100, 'Enter the last name.'),
  birth_date: z.iso
    .date('Enter the birth date.')
    .refine((value) => value >= '1850-01-01', 'Use a date from 1850 on.')
    .refine((value) => value <= new Date(Date.now() + 14 * 3_600_000).toISOString().slice(0, 10), 'The birth date lies in the future.'),
  sex: z.enum(sexes, 'Choose one of the list.'),
  mobile_phone: phone,
  home_phone: phone,
  email: z
    .string()
    .trim()
    .transform((value) => value || null)
    .pipe(z.email('Enter an e-mail address such as name@example.com.').max(254, 'Use at most 254 characters.').nullable())
    .nullable()
    .default(null),
  address_line1: text(200),
  address_line2: text(200),
  city: text(100),
  region: text(100),
  postal_code: text(20),
  country: z
    .string()
    .trim()
    .toUpperCase()
    .refine((value) => value === '' || isCountry(value), 'Use the two-letter code of the country, such as US.')
    .transform((value) => value || null)
    .nullable()
    .default(null),
  external_id: text(100),
  remarks: text(4000),
  consent_email: consent,
  consent_sms: consent,
  consent_phone: consent,
});
export type PatientInput = z.infer<typeof patientSchema>;

const version = z.coerce.number().int().positive();
export const patientUpdateSchema = patientSchema.extend({ id: z.uuid(), version });
export const archivingSchema = z.object({ id: z.uuid(), version, archived: z.boolean() });

export const sorts = ['name', 'birth_date', 'updated'] as const;
export const pageSize = 25;

/** What selects a page of the list. `after` and `before` are a patient's id, so that nothing of a patient stands in an address. */
export const listSchema = z.object({
  search: z.string().trim().max(200).default(''),
  archived: z.boolean().default(false),
  sort: z.enum(sorts).default('name'),
  descending: z.boolean().default(false),
  after: z.uuid().nullable().default(null),
  before: z.uuid().nullable().default(null),
});
export type ListQuery = z.infer<typeof listSchema>;

const listRow = z.object({
  id: z.uuid(),
  given_name: z.string(),
  family_name: z.string(),
  birth_date: z.string(),
  sex: z.enum(sexes),
  mobile_phone: z.string().nullable(),
  home_phone: z.string().nullable(),
  email: z.string().nullable(),
  external_id: z.string().nullable(),
  updated_at: z.string(),
});
export type ListRow = z.infer<typeof listRow>;

/** The answer of `list_patients`; a search's total counts no further than 1,001. */
export const listAnswer = z.object({ rows: z.array(listRow), has_more: z.boolean(), total: z.number() });

/** Which patients an export holds. */
export const patientExportSchema = z.object({ archived: z.boolean() });
