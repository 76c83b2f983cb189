'use server';

import { z } from 'zod';
import { landing } from '@/lib/access/commands';
import { authorizeClinic, currentSlug } from '@/lib/access/gate';
import { defineAction } from '@/lib/infra/define-action';
import type { Destination, FormState } from '@/lib/infra/form-state';
import { sessionClient } from '@/lib/infra/supabase';
import { acceptInvitation, openInvitation } from './acceptance';
import * as commands from './commands';
import {
  acceptInvitationSchema,
  type InviteAnswer,
  invitationSchema,
  inviteSchema,
  memberRoleSchema,
  memberSchema,
  memberSessionSchema,
  memberStatusSchema,
  type OpenedInvitation,
  openInvitationSchema,
  roleDeletionSchema,
  roleSchema,
} from './schema';

const saved = (member: string, what: string): Destination => ({ to: `/team/${member}?saved=${what}` });

const runInvite = defineAction('invite-people', inviteSchema, async (input) => commands.invitePeople(await authorizeClinic(), input));
/** Invites people to the clinic. */
export async function invitePeople(input: unknown): Promise<FormState<InviteAnswer>> {
  return runInvite(input);
}

const runResend = defineAction('resend-invitation', invitationSchema, async ({ invitation }) => {
  await commands.resendInvitation(await authorizeClinic(), invitation);
  return { invitation };
});
/** Sends an invitation once more. */
export async function resendInvitation(input: unknown): Promise<FormState<{ invitation: string }>> {
  return runResend(input);
}

const runRevoke = defineAction('revoke-invitation', invitationSchema, async ({ invitation }) => {
  await commands.revokeInvitation(await authorizeClinic(), invitation);
  return { invitation };
});
/** Takes an invitation back. */
export async function revokeInvitation(input: unknown): Promise<FormState<{ invitation: string }>> {
  return runRevoke(input);
}

const runOpen = defineAction('open-invitation', openInvitationSchema, async ({ token }, facts) =>
  openInvitation(await currentSlug(), token, facts),
);
/** Says what an invitation's link is for. */
export async function readInvitation(input: unknown): Promise<FormState<OpenedInvitation>> {
  return runOpen(input);
}

const runAccept = defineAction('accept-invitation', acceptInvitationSchema, async (input, facts) => ({
  to: landing[await acceptInvitation(await sessionClient(), await currentSlug(), input, facts)],
}));
/** Makes the invited person a member and signs them in. */
export async function joinClinic(input: unknown): Promise<FormState<Destination>> {
  return runAccept(input);
}

const runRole = defineAction('change-member-role', memberRoleSchema, async (input) => {
  await commands.changeRole(await authorizeClinic(), input);
  return saved(input.member, 'role');
});
/** Gives a member another role. */
export async function changeMemberRole(input: unknown): Promise<FormState<Destination>> {
  return runRole(input);
}

const runStatus = defineAction('set-member-status', memberStatusSchema, async (input) => {
  await commands.setStatus(await authorizeClinic(), input);
  return saved(input.member, input.status);
});
/** Pauses a membership, or lets it go on. */
export async function setMemberStatus(input: unknown): Promise<FormState<Destination>> {
  return runStatus(input);
}

const runRemove = defineAction('remove-member', memberSchema, async ({ member }) => {
  await commands.removeMember(await authorizeClinic(), member);
  return { to: '/team?saved=removed' };
});
/** Takes a person out of the clinic. */
export async function removeMember(input: unknown): Promise<FormState<Destination>> {
  return runRemove(input);
}

const runEndSessions = defineAction('end-member-sessions', memberSessionSchema, async (input) => ({
  ended: await commands.endMemberSessions(await authorizeClinic(), input),
}));
/** Ends one of a member's sessions, or all. */
export async function endMemberSessions(input: unknown): Promise<FormState<{ ended: number }>> {
  return runEndSessions(input);
}

const runOffer = defineAction('offer-ownership', memberSchema, async ({ member }) => {
  await commands.offerOwnership(await authorizeClinic(), member);
  return { to: '/team?saved=offered' };
});
/** Offers the clinic to a member. */
export async function offerOwnership(input: unknown): Promise<FormState<Destination>> {
  return runOffer(input);
}

const runAcceptOwnership = defineAction('accept-ownership', z.unknown(), async () => {
  await commands.acceptOwnership(await authorizeClinic());
  return { to: '/team?saved=owner' };
});
/** Takes the clinic over. */
export async function acceptOwnership(_input: unknown): Promise<FormState<Destination>> {
  return runAcceptOwnership({});
}

const runEndOffer = defineAction('end-ownership-offer', z.unknown(), async () => {
  await commands.endOwnershipOffer(await authorizeClinic());
  return { to: '/team/ownership?saved=ended' };
});
/** Declines the offer of ownership, or takes it back. */
export async function endOwnershipOffer(_input: unknown): Promise<FormState<Destination>> {
  return runEndOffer({});
}

const runSaveRole = defineAction('save-role', roleSchema, async (input) => {
  const role = await commands.saveRole(await authorizeClinic(), input);
  return { to: `/team/roles/${role}?saved=role` };
});
/** Makes a role of the clinic's own, or changes one. */
export async function saveRole(input: unknown): Promise<FormState<Destination>> {
  return runSaveRole(input);
}

const runDeleteRole = defineAction('delete-role', roleDeletionSchema, async (input) => {
  await commands.deleteRole(await authorizeClinic(), input);
  return { to: '/team/roles?saved=deleted' };
});
/** Deletes a role of the clinic's own. */
export async function deleteRole(input: unknown): Promise<FormState<Destination>> {
  return runDeleteRole(input);
}
