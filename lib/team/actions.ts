'use server';

import { z } from 'zod';
import { clinicAction, entranceAction } from '@/lib/access/clinic-action';
import { landing } from '@/lib/access/commands';
import { currentSlug } from '@/lib/access/gate';
import { defineAction } from '@/lib/infra/define-action';
import { acceptInvitation, openInvitation } from './acceptance';
import * as commands from './commands';
import {
  acceptInvitationSchema,
  invitationSchema,
  inviteSchema,
  memberRoleSchema,
  memberSchema,
  memberSessionSchema,
  memberStatusSchema,
  openInvitationSchema,
  roleDeletionSchema,
  roleSchema,
} from './schema';

const saved = (member: string, what: string) => ({ to: `/team/${member}?saved=${what}` });

/** Invites people to the clinic. */
export const invitePeople = clinicAction('invite-people', 'team.invite', inviteSchema, commands.invitePeople);

/** Sends an invitation once more. */
export const resendInvitation = clinicAction('resend-invitation', 'team.invite', invitationSchema, async (scope, { invitation }) => {
  await commands.resendInvitation(scope, invitation);
  return { invitation };
});

/** Takes an invitation back. */
export const revokeInvitation = clinicAction('revoke-invitation', 'team.invite', invitationSchema, async (scope, { invitation }) => {
  await commands.revokeInvitation(scope, invitation);
  return { invitation };
});

/** Says what an invitation's link is for. */
export const readInvitation = defineAction('open-invitation', openInvitationSchema, async ({ token }, facts) =>
  openInvitation(await currentSlug(), token, facts),
);

/** Makes the invited person a member and signs them in. */
export const joinClinic = entranceAction('accept-invitation', acceptInvitationSchema, async ({ db, slug }, input, facts) => ({
  to: landing[await acceptInvitation(db, slug, input, facts)],
}));

/** Gives a member another role. */
export const changeMemberRole = clinicAction('change-member-role', 'team.update', memberRoleSchema, async (scope, input) => {
  await commands.changeRole(scope, input);
  return saved(input.member, 'role');
});

/** Pauses a membership, or lets it go on. */
export const setMemberStatus = clinicAction('set-member-status', 'team.update', memberStatusSchema, async (scope, input) => {
  await commands.setStatus(scope, input);
  return saved(input.member, input.status);
});

/** Takes a person out of the clinic. */
export const removeMember = clinicAction('remove-member', 'team.remove', memberSchema, async (scope, { member }) => {
  await commands.removeMember(scope, member);
  return { to: '/team?saved=removed' };
});

/** Ends one of a member's sessions, or all. */
export const endMemberSessions = clinicAction('end-member-sessions', 'team.update', memberSessionSchema, async (scope, input) => ({
  ended: await commands.endMemberSessions(scope, input),
}));

/** Offers the clinic to a member. */
export const offerOwnership = clinicAction('offer-ownership', 'team.update', memberSchema, async (scope, { member }) => {
  await commands.offerOwnership(scope, member);
  return { to: '/team?saved=offered' };
});

/** Takes the clinic over. */
export const acceptOwnership = clinicAction('accept-ownership', 'member', z.unknown(), async (scope) => {
  await commands.acceptOwnership(scope);
  return { to: '/team?saved=owner' };
});

/** Declines the offer of ownership, or takes it back. */
export const endOwnershipOffer = clinicAction('end-ownership-offer', 'member', z.unknown(), async (scope) => {
  await commands.endOwnershipOffer(scope);
  return { to: '/team/ownership?saved=ended' };
});

/** Makes a role of the clinic's own, or changes one. */
export const saveRole = clinicAction('save-role', 'roles.manage', roleSchema, async (scope, input) => {
  const role = await commands.saveRole(scope, input);
  return { to: `/team/roles/${role}?saved=role` };
});

/** Deletes a role of the clinic's own. */
export const deleteRole = clinicAction('delete-role', 'roles.manage', roleDeletionSchema, async (scope, input) => {
  await commands.deleteRole(scope, input);
  return { to: '/team/roles?saved=deleted' };
});
