import { z } from 'zod';
import { emailAddress, requiredText } from '@/lib/fields/fields';

const inviteesLimit = 100;

/** The addresses of a pasted list: apart by blanks, commas, semicolons or lines, with or without a name before <address>. */
function addressesOf(text: string): string[] {
  // A name may stand the other way round, with a comma of its own.
  const entries = text.replace(/(^|[,;\n])\s*[\p{L}' -]+,(?=[^,;\n<>]*<)/gu, '$1').split(/[,;\n]+/);
  return entries.flatMap((entry) => {
    const named = /<([^<>]*)>/.exec(entry);
    return named ? [(named[1] ?? '').trim()] : entry.split(/\s+/).filter(Boolean);
  });
}

/** A pasted list of people to invite, each address once. */
export const invitees = z
  .string()
  .max(40_000, `This list is too long. Invite at most ${inviteesLimit} people at once.`)
  .transform((text, context) => {
    const parsed = addressesOf(text).map((address) => ({ address, result: emailAddress.safeParse(address) }));
    const wrong = parsed.filter(({ result }) => !result.success).map(({ address }) => `“${address.slice(0, 60)}”`);
    const emails = [...new Set(parsed.flatMap(({ result }) => (result.success ? [result.data] : [])))];
    const named = wrong.length > 3 ? `${wrong.slice(0, 3).join(', ')} and ${wrong.length - 3} more` : wrong.join(', ');
    const verdict = wrong.length === 1 ? 'is not an e-mail address' : 'are not e-mail addresses';
    if (wrong.length > 0) context.addIssue({ code: 'custom', message: `${named} ${verdict}.` });
    else if (emails.length === 0) context.addIssue({ code: 'custom', message: 'Enter at least one e-mail address.' });
    else if (emails.length > inviteesLimit)
      context.addIssue({ code: 'custom', message: `Invite at most ${inviteesLimit} people at once; these are ${emails.length}.` });
    return emails;
  });

const roleId = z.uuid('Choose a role.');

export const inviteSchema = z.object({ emails: invitees, role: roleId });
export const invitationSchema = z.object({ invitation: z.uuid() });

const token = z.string().min(20).max(200);
export const openInvitationSchema = z.object({ token });
export const acceptInvitationSchema = z.object({
  token,
  fullName: z.string().trim().max(100, 'Use at most 100 characters.').default(''),
  password: z.string().min(1, 'Enter your password.').max(200, 'Use at most 200 characters.'),
});

export const memberSchema = z.object({ member: z.uuid() });
export const memberRoleSchema = memberSchema.extend({ role: roleId });
/** Whether a membership goes on or is paused. */
export const memberStatus = z.enum(['active', 'deactivated']);
export type MemberStatus = z.infer<typeof memberStatus>;

export const memberStatusSchema = memberSchema.extend({ status: memberStatus });
export const memberSessionSchema = memberSchema.extend({ session: z.uuid().optional() });

/** What the list of people is asked for; what makes no sense in an address is left out. */
export const teamQuerySchema = z.object({
  search: z.string().trim().max(100).catch(''),
  role: z.uuid().nullable().catch(null),
  status: memberStatus.nullable().catch(null),
});
export type TeamQuery = z.infer<typeof teamQuerySchema>;

export const teamPage = z.object({
  total: z.number(),
  rows: z.array(
    z.object({
      id: z.uuid(),
      full_name: z.string(),
      email: z.string(),
      role: z.string(),
      status: memberStatus,
      is_self: z.boolean(),
      last_seen_at: z.string().nullable(),
      second_factor: z.boolean(),
    }),
  ),
});
export type TeamPage = z.infer<typeof teamPage>;

export const roleList = z.array(
  z.object({
    id: z.uuid(),
    name: z.string(),
    is_system: z.boolean(),
    description: z.string(),
    members: z.number(),
    invited: z.number(),
    grantable: z.boolean(),
  }),
);
/** A role of the clinic, and whether the caller may give it. */
export type RoleSummary = z.infer<typeof roleList>[number];

export const invitationPage = z.object({
  total: z.number(),
  open: z.number(),
  rows: z.array(
    z.object({
      id: z.uuid(),
      email: z.string(),
      role: z.string().nullable(),
      invited_by: z.string().nullable(),
      created_at: z.string(),
      expires_at: z.string(),
      status: z.enum(['open', 'accepted', 'revoked', 'expired']),
    }),
  ),
});
export type InvitationPage = z.infer<typeof invitationPage>;
/** An invitation; its role is null when it is closed and the role is gone. */
export type Invitation = InvitationPage['rows'][number];

/** What the list of invitations is searched for. */
export const invitationQuerySchema = z.object({ search: z.string().trim().max(100).catch('') });

export const inviteAnswer = z.object({ invited: z.array(z.string()), waiting: z.array(z.string()), members: z.array(z.string()) });
/** Who was invited, whose invitation was open already, and who is a member. */
export type InviteAnswer = z.infer<typeof inviteAnswer>;

export const openedInvitation = z.object({
  email: z.string(),
  role: z.string(),
  invited_by: z.string().nullable(),
  has_account: z.boolean(),
});
export type OpenedInvitation = z.infer<typeof openedInvitation>;

export const ownershipOffer = z.object({ from: z.string(), to: z.string(), to_me: z.boolean(), expires_at: z.string() });
export type OwnershipOffer = z.infer<typeof ownershipOffer>;

/** A role's form. */
export const roleSchema = z.object({
  role: z.uuid().optional(),
  name: requiredText(60, 'Enter a name.'),
  description: z.string().trim().max(200, 'Use at most 200 characters.').default(''),
  permissions: z.array(z.string().max(60)).max(200).default([]),
  /** What the role allowed when the form was loaded, in one line. */
  loaded: z
    .string()
    .max(4000)
    .default('')
    .transform((line) => line.split(' ').filter(Boolean)),
});
export type RoleInput = z.infer<typeof roleSchema>;

export const roleDeletionSchema = z.object({
  role: z.uuid(),
  // The database asks for it where people have the role.
  reassign: z
    .union([z.literal(''), z.uuid()])
    .optional()
    .transform((id) => id || undefined),
});
