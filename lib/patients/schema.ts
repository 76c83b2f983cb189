import { z } from 'zod';
import { address, optionalEmail, optionalText, phone, requiredText } from '@/lib/fields/fields';
import { latestToday } from '@/lib/time/days';

/** What a program or a file may leave out. */
const left = <Field extends z.ZodType<string | null>>(field: Field) => field.nullable().default(null);

/** An unticked box is absent from a form. */
const consent = z
  .union([z.boolean(), z.literal('on')])
  .optional()
  .transform((value) => value === true || value === 'on');

export const sexes = ['female', 'male', 'other', 'unknown'] as const;

/** A patient's own details, as the form sends them; empty text is stored as null. */
export const patientSchema = z.object({
  given_name: requiredText(100, 'Enter the first name.'),
  family_name: requiredText(100, 'Enter the last name.'),
  birth_date: z.iso
    .date('Enter the birth date.')
    .refine((value) => value >= '1850-01-01', 'Use a date from 1850 on.')
    .refine((value) => value <= latestToday(), 'The birth date lies in the future.'),
  sex: z.enum(sexes, 'Choose one of the list.'),
  mobile_phone: left(phone),
  home_phone: left(phone),
  email: left(optionalEmail),
  address_line1: left(address.address_line1),
  address_line2: left(address.address_line2),
  city: left(address.city),
  region: left(address.region),
  postal_code: left(address.postal_code),
  country: left(address.country),
  external_id: left(optionalText(100)),
  remarks: left(optionalText(4000)),
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
