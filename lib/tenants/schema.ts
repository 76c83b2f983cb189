import { z } from 'zod';
import { emailAddress, newPassword } from '@/lib/access/schema';
import { isSubdomain } from '@/lib/infra/hosts';
import { subdomainProblem } from './subdomain';

const timeZone = z.string().refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone) || zone === 'UTC', {
  message: 'Choose a time zone of the IANA list.',
});

/** The body of a sign-up, by the form and by `POST /api/provision-tenant`. */
export const signUpSchema = z.object({
  companyName: z.string().trim().min(2, 'Use at least 2 characters.').max(100, 'Use at most 100 characters.'),
  subdomain: z
    .string()
    .trim()
    .toLowerCase()
    .refine(isSubdomain, { message: subdomainProblem('malformed') }),
  adminName: z.string().trim().min(1, 'Enter your name.').max(100, 'Use at most 100 characters.'),
  adminEmail: emailAddress,
  adminPassword: newPassword,
  acceptedTerms: z
    .union([z.literal(true), z.literal('on'), z.literal('true')], { error: 'Please accept the terms to go on.' })
    .transform(() => true),
  timeZone: timeZone.catch('UTC').default('UTC'),
});

export type SignUp = z.infer<typeof signUpSchema>;

/** What is asked for the list of one's clinics. */
export const clinicListSchema = z.object({ email: emailAddress });

/** A subdomain that somebody thinks of; whether it can be one is part of the answer. */
export const subdomainQuestionSchema = z.object({ subdomain: z.string().max(100).toLowerCase() });
