import { z } from 'zod';
import { countries } from './countries';

/** Fields that several domains ask for, each by one rule. An empty text is null; what is missing is refused, unless a schema says otherwise. */

// Length first: a pattern tried on a text without end would keep the server busy.
const within = (max: number) =>
  z
    .string()
    .trim()
    .max(max, { error: `Use at most ${max} characters.`, abort: true })
    // PostgreSQL stores any character but this one.
    .refine((value) => !value.includes('\0'), 'Remove the character that cannot be shown.');

/** A text that may be left out. */
export const optionalText = (max: number) => within(max).transform((value) => value || null);

/** A text that is asked for; `message` says which. */
export const requiredText = (max: number, message: string, min = 1) => within(max).min(min, message);

const email = (example: string) => z.email(`Enter an e-mail address such as ${example}.`).max(254, 'Use at most 254 characters.');

/** An e-mail address that is asked for, in lower case. */
export const emailAddress = z.string().trim().toLowerCase().pipe(email('name@clinic.com'));

/** An e-mail address that may be left out. */
export const optionalEmail = z
  .string()
  .trim()
  .transform((value) => value || null)
  .pipe(email('name@example.com').nullable());

const phonePattern = /^[+0-9 ()./-]+(\s*(x|ext\.?)\s*\d+)?$/i;

/** A phone number as people write it, with at least five digits. */
export const phone = within(40)
  .refine((value) => value === '' || (phonePattern.test(value) && value.replace(/\D/g, '').length >= 5), {
    message: 'Enter a phone number such as +1 617 555 0123.',
  })
  .transform((value) => value || null);

const country = z
  .string()
  .trim()
  .toUpperCase()
  .refine((value) => value === '' || countries.has(value), 'Use the two-letter code of the country, such as US.')
  .transform((value) => value || null);

const zones: ReadonlySet<string> = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC']);

/** A time zone of IANA's list. */
export const timeZone = z.string().refine((value) => zones.has(value), 'Choose a time zone of the list.');

/** A postal address, every line of which may be left out. */
export const address = {
  address_line1: optionalText(200),
  address_line2: optionalText(200),
  city: optionalText(100),
  region: optionalText(100),
  postal_code: optionalText(20),
  country,
};
