import { z } from 'zod';
import { emailAddress, requiredText } from '@/lib/fields/fields';
import type { PermissionKey } from '@/lib/infra/permission.types';
import { isCommonPassword } from './common-passwords';
import { passwordProblem } from './password';

/** A new password: the length rules, then the bundled list of common ones (NIST SP 800-63B, 3.1.1). */
export const newPassword = z.string().superRefine((value, context) => {
  const problem =
    passwordProblem(value) ?? (isCommonPassword(value) ? 'This password is on a list of common ones. Choose another.' : undefined);
  if (problem) context.addIssue({ code: 'custom', message: problem });
});

export const signInSchema = z.object({
  email: emailAddress,
  password: z.string().min(1, 'Enter your password.').max(200, 'Use at most 200 characters.'),
});

const spaceless = z.string().transform((text) => text.replace(/\s/g, ''));
/** The six digits that an authenticator app shows. */
export const totpCode = spaceless.pipe(z.string().regex(/^\d{6}$/, 'Enter the six digits that your app shows.'));

/** A proof of the second factor: the app's six digits, or a recovery code. */
const proofCode = spaceless.pipe(
  z.string().regex(/^(\d{6}|[0-9A-Za-z-]{16,24})$/, 'Enter the six digits that your app shows, or a recovery code.'),
);
export const proofSchema = z.object({ code: proofCode });
const currentPassword = z.string().min(1, 'Enter your current password.').max(200, 'Use at most 200 characters.');
export const passwordProofSchema = z.object({ currentPassword });
export const enrolmentProofSchema = z.object({ ticket: z.string().min(20).max(2000), code: totpCode });

export const resetRequestSchema = z.object({ email: emailAddress });

export const resetSchema = z.object({ token: z.string().min(20).max(200), password: newPassword, code: proofCode.optional() });

export const passwordChangeSchema = z.object({ currentPassword, password: newPassword, code: totpCode.optional() });

export const nameSchema = z.object({
  fullName: requiredText(100, 'Enter your name.'),
});

export const emailChangeSchema = z.object({
  email: emailAddress,
  currentPassword,
});

export const clinicChoiceSchema = z.object({ slug: z.string().min(1).max(63) });

export const verificationSchema = z.object({ token: z.string().min(20).max(200) });

export const endSessionSchema = z.object({ session: z.uuid() });

/** Seconds until a session runs out: without further activity, and at the latest. */
export const sessionState = z.object({ id: z.uuid(), idle_seconds: z.number(), total_seconds: z.number() });
export type SessionState = z.infer<typeof sessionState>;

/** A person's second factor, or null without one. */
export const secondFactor = z.object({ factor_id: z.uuid(), since: z.string(), codes_left: z.number() }).nullable();
export type SecondFactor = z.infer<typeof secondFactor>;

export const handoffSchema = z.object({ code: z.string().min(20).max(200) });

/** The answer of the database's gate. */
const clinicName = z.object({ name: z.string(), slug: z.string(), brand_color: z.string().nullable(), logo_hash: z.string().nullable() });
/** How much is used of what the clinic may, in the period that runs; a null limit means unlimited. */
const quota = z.object({ used: z.number(), limit: z.number().nullable(), period: z.enum(['total', 'month', 'hour']) });
export const usageSchema = z.object({ users: quota, patients: quota, mails: quota });
export type Usage = z.infer<typeof usageSchema>;

const facts = z.object({
  clinic: clinicName.extend({ id: z.uuid(), time_zone: z.string(), currency: z.string(), locale: z.string(), shard: z.string() }),
  user: z.object({ id: z.uuid(), email: z.string(), full_name: z.string(), email_verified: z.boolean() }),
  role: z.object({ key: z.string(), name: z.string() }),
  // A database that is newer than this code may know more of them; no check asks for those.
  permissions: z.array(z.string().transform((key) => key as PermissionKey)),
  plan: z.object({
    key: z.string(),
    name: z.string(),
    status: z.string(),
    trial_ends_at: z.string().nullable(),
    chosen: z.string().nullable(),
    owed_until: z.string().nullable(),
    features: z.array(z.string()),
    overrides: z.record(z.string(), z.boolean()),
  }),
  usage: usageSchema,
  second_factor: z.object({ enabled: z.boolean(), due: z.string().nullable() }),
});
const hold = z.object({ kind: z.enum(['trial_expired', 'unpaid', 'admin', 'security']), reason: z.string(), placed_at: z.string() });
export const gateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('unknown') }),
  z.object({ status: z.literal('cancelled') }),
  z.object({ status: z.literal('signed_out'), ended: z.enum(['time', 'hold']).nullable(), clinic: clinicName }),
  z.object({ status: z.literal('no_access'), clinic: clinicName }),
  z.object({ status: z.literal('second_factor'), clinic: clinicName, email: z.string(), factor_id: z.uuid().nullable() }),
  facts.extend({ status: z.literal('on_hold'), holds: z.array(hold) }),
  facts.extend({ status: z.literal('ok'), session: sessionState }),
]);

/** What anybody may know of a clinic: its name and its brand. */
export type ClinicName = z.infer<typeof clinicName>;
export type GateAnswer = z.infer<typeof gateSchema>;
/** What the pages of a clinic know of their caller; `WorkingFacts` where no hold is open. */
export type ClinicFacts = z.infer<typeof facts>;
export type WorkingFacts = Extract<GateAnswer, { status: 'ok' }>;
/** Why a clinic is on hold, as those learn who run its account. */
export type Hold = z.infer<typeof hold>;
