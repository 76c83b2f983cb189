import { z } from 'zod';
import { address, optionalEmail, phone, requiredText, timeZone } from '@/lib/fields/fields';
import { contrastOnLight, leastContrast } from './brand';

export const currencies = {
  usd: 'US dollar',
  eur: 'Euro',
  gbp: 'Pound sterling',
  chf: 'Swiss franc',
  cad: 'Canadian dollar',
  aud: 'Australian dollar',
  mxn: 'Mexican peso',
} as const;
export const languages = { en: 'English', es: 'Español', fr: 'Français', de: 'Deutsch' } as const;
const keysOf = <T extends Record<string, string>>(list: T) => Object.keys(list) as (keyof T & string)[];

const website = z
  .string()
  .trim()
  .max(200, { error: 'Use at most 200 characters.', abort: true })
  .transform((value) => (value && !/^[a-z]+:/i.test(value) ? `https://${value}` : value))
  .refine(
    (value) => value === '' || (/^https?:\/\/[^\s]+\.[^\s]+$/i.test(value) && URL.canParse(value)),
    'Enter an address such as https://clinic.com.',
  )
  .transform((value) => value || null);

export const profileSchema = z.object({
  name: requiredText(100, 'Enter the name of the clinic.', 2),
  contact_email: optionalEmail,
  contact_phone: phone,
  website,
  ...address,
  time_zone: timeZone,
  currency: z.enum(keysOf(currencies), 'Choose a currency of the list.'),
  locale: z.enum(keysOf(languages), 'Choose a language of the list.'),
});
export type ProfileInput = z.infer<typeof profileSchema>;

export const brandSchema = z.object({
  brand_color: z
    .string()
    .trim()
    .toLowerCase()
    .refine((value) => /^(#[0-9a-f]{6})?$/.test(value), 'Enter a colour such as #0b7174.')
    .superRefine((value, context) => {
      if (!/^#[0-9a-f]{6}$/.test(value)) return;
      const contrast = contrastOnLight(value);
      if (contrast < leastContrast) {
        context.addIssue({
          code: 'custom',
          message: `Its contrast to white is ${contrast}; texts need ${leastContrast}. Choose a darker shade.`,
        });
      }
    })
    .transform((value) => value || null),
});

export const logoLimit = 2_000_000;
export const logoSchema = z.object({
  logo: z
    .instanceof(File, { message: 'Choose an image.' })
    .refine((file) => file.size > 0, 'Choose an image.')
    .refine((file) => file.size <= logoLimit, 'The image is larger than 2 MB. Choose a smaller one.'),
});

const whole = (min: number, max: number, unit: string) =>
  z.coerce
    .number(`Enter a number of ${unit}.`)
    .int(`Enter whole ${unit}.`)
    .min(min, `At least ${min} ${unit}.`)
    .max(max, `At most ${max} ${unit}.`);
export const secondFactorRules = { optional: 'Nobody has to', everyone: 'Everyone', roles: 'These roles' } as const;
/** Who must have a second factor; `from` is the first day on which nobody works without it. */
export const secondFactorSchema = z
  .object({
    rule: z.enum(keysOf(secondFactorRules), 'Choose one.'),
    roles: z.array(z.uuid()).default([]),
    from: z.iso
      .date('Choose a day.')
      .or(z.literal(''))
      .default('')
      .transform((value) => value || null),
  })
  .superRefine(({ rule, roles }, context) => {
    if (rule === 'roles' && roles.length === 0) context.addIssue({ code: 'custom', path: ['roles'], message: 'Choose at least one role.' });
  });
export type SecondFactorInput = z.infer<typeof secondFactorSchema>;

export const sessionLimitsSchema = z.object({
  session_idle_minutes: whole(5, 120, 'minutes'),
  session_hours: whole(1, 24, 'hours'),
});
