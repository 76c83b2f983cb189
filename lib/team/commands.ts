import 'server-only';
import type { Scope } from '@/lib/access/gate';
import { AppError } from '@/lib/infra/errors';
import { unwrap } from '@/lib/infra/supabase';
import { type InviteAnswer, inviteAnswer, type MemberStatus, type RoleInput } from './schema';

/**
 * Invites people with one role: all that are neither members nor invited already, or none.
 * @throws {AppError} forbidden, unverified, quota_exceeded, rate_limited
 */
export async function invitePeople(scope: Scope, { emails, role }: { emails: string[]; role: string }): Promise<InviteAnswer> {
  return inviteAnswer.parse(unwrap(await scope.db.rpc('invite_people', { p_emails: JSON.stringify(emails), p_role: role })));
}

function assertFound(found: unknown): void {
  if (!found)
    throw new AppError('not_found', {
      message: 'This invitation is closed: it was taken back, or the person has joined or was invited anew. Reload the page.',
    });
}

/** Sends an open or expired invitation once more, with a new link. @throws {AppError} forbidden, not_found, quota_exceeded, rate_limited */
export async function resendInvitation(scope: Scope, invitation: string): Promise<void> {
  assertFound(unwrap(await scope.db.rpc('resend_invitation', { p_invitation: invitation })));
}

/** Takes an invitation back. @throws {AppError} forbidden, not_found */
export async function revokeInvitation(scope: Scope, invitation: string): Promise<void> {
  assertFound(unwrap(await scope.db.rpc('revoke_invitation', { p_invitation: invitation })));
}

/** Gives a member another role. @throws {AppError} forbidden, not_found */
export async function changeRole(scope: Scope, { member, role }: { member: string; role: string }): Promise<void> {
  unwrap(await scope.db.rpc('change_member_role', { p_membership: member, p_role: role }));
}

/** Pauses a membership, which ends the person's sessions at the clinic, or lets it go on. @throws {AppError} forbidden, not_found, quota_exceeded */
export async function setStatus(scope: Scope, { member, status }: { member: string; status: MemberStatus }): Promise<void> {
  unwrap(await scope.db.rpc('set_member_status', { p_membership: member, p_status: status }));
}

/** Takes a person out of the clinic. @throws {AppError} forbidden, not_found */
export async function removeMember(scope: Scope, member: string): Promise<void> {
  unwrap(await scope.db.rpc('remove_member', { p_membership: member }));
}

/** Ends one of a member's sessions, or all; answers how many ended. @throws {AppError} forbidden */
export async function endMemberSessions(scope: Scope, { member, session }: { member: string; session?: string }): Promise<number> {
  return unwrap(await scope.db.rpc('end_member_sessions', { p_membership: member, ...(session && { p_session: session }) }));
}

/** Offers the clinic to a member. @throws {AppError} forbidden, not_found */
export async function offerOwnership(scope: Scope, member: string): Promise<void> {
  unwrap(await scope.db.rpc('offer_ownership', { p_membership: member }));
}

const gone = () =>
  new AppError('not_found', { message: 'This offer is gone: it was taken back, has run out, or was made by a former owner.' });

/** Takes the clinic over by the offer that waits for the caller. @throws {AppError} not_found */
export async function acceptOwnership(scope: Scope): Promise<void> {
  if (!unwrap(await scope.db.rpc('accept_ownership'))) throw gone();
}

/** Declines the offer, or takes it back. @throws {AppError} not_found */
export async function endOwnershipOffer(scope: Scope): Promise<void> {
  if (!unwrap(await scope.db.rpc('end_ownership_offer'))) throw gone();
}

/**
 * Makes a role of the clinic's own, or changes one; answers its id.
 * @throws {AppError} invalid_input for a name that another role has, forbidden, not_in_plan, not_found, stale
 */
export async function saveRole(scope: Scope, { role, name, description, permissions, loaded }: RoleInput): Promise<string> {
  const answer = await scope.db.rpc('save_role', {
    ...(role && { p_role: role }),
    p_name: name,
    p_description: description,
    p_permissions: JSON.stringify(permissions),
    p_loaded: JSON.stringify(loaded),
  });
  if (answer.error?.code === '23505') {
    throw new AppError('taken', {
      message: 'Please check the marked fields.',
      fields: { name: 'The clinic has a role of this name. Choose another.' },
    });
  }
  return unwrap(answer);
}

/** Deletes a role; who holds it gets another. @throws {AppError} forbidden, not_found */
export async function deleteRole(scope: Scope, { role, reassign }: { role: string; reassign?: string }): Promise<void> {
  unwrap(await scope.db.rpc('delete_role', { p_role: role, ...(reassign && { p_reassign: reassign }) }));
}
