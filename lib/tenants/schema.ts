import { z } from 'zod';
import { newPassword } from '@/lib/access/schema';
import { emailAddress, requiredText, timeZone } from '@/lib/fields/fields';
import { isSubdomain } from '@/lib/infra/hosts';
import { subdomainProblem } from './subdomain';

/** The body of a sign-up, by the form and by `POST /api/provision-tenant`. */
export const signUpSchema = z.object({
  companyName: requiredText(100, 'Use at least 2 characters.', 2),
  subdomain: z
    .string()
    .trim()
    .toLowerCase()
    .refine(isSubdomain, { message: subdomainProblem('malformed') }),
  adminName: requiredText(100, 'Enter your name.'),
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
