import 'server-only';
import { z } from 'zod';
import type { Caller, Scope } from '@/lib/access/gate';
import { groupPermissions, type PermissionGroup } from '@/lib/access/permissions';
import { openSessions } from '@/lib/access/queries';
import { unwrap } from '@/lib/infra/supabase';
import {
  type InvitationPage,
  invitationPage,
  memberStatus,
  type OwnershipOffer,
  ownershipOffer,
  type RoleSummary,
  roleList,
  type TeamPage,
  type TeamQuery,
  teamPage,
} from './schema';

/** The people of the clinic that match, at most 200, and how many there are. */
export async function listTeam({ db }: Caller, { search, role, status }: TeamQuery): Promise<TeamPage> {
  return teamPage.parse(
    unwrap(await db.rpc('list_team', { p_search: search, ...(role && { p_role: role }), ...(status && { p_status: status }) })),
  );
}

/** The clinic's roles, the fixed ones first. */
export async function listRoles({ db }: Caller): Promise<RoleSummary[]> {
  return roleList.parse(unwrap(await db.rpc('list_roles')));
}

/** The clinic's invitations that match, at most 300, the open ones first; and how many there are. */
export async function listInvitations({ db }: Caller, search: string): Promise<InvitationPage> {
  return invitationPage.parse(unwrap(await db.rpc('list_invitations', { p_search: search })));
}

const memberAnswer = z.object({
  id: z.uuid(),
  full_name: z.string(),
  email: z.string(),
  email_verified: z.boolean(),
  status: memberStatus,
  created_at: z.string(),
  is_self: z.boolean(),
  role: z.object({ id: z.uuid(), key: z.string(), name: z.string() }),
  changeable: z.boolean(),
  permissions: z.array(z.string()),
  sessions: openSessions.nullable(),
});
/** A person of the clinic; `sessions` is null for callers who may not end them. */
export type Member = z.infer<typeof memberAnswer>;

/** One person of the clinic, or null. */
export async function findMember(scope: Scope, id: string): Promise<Member | null> {
  return memberAnswer.nullable().parse(unwrap(await scope.db.rpc('find_member', { p_membership: id })));
}

/** The offer of ownership that concerns the caller, or null. */
export async function findOwnershipOffer({ db }: Caller): Promise<OwnershipOffer | null> {
  return ownershipOffer.nullable().parse(unwrap(await db.rpc('find_ownership_offer')));
}

/** The catalogue of permissions, in the order in which people read it. */
export async function listPermissions(scope: Scope): Promise<PermissionGroup[]> {
  return groupPermissions(unwrap(await scope.db.from('permissions').select('key, description').order('position')));
}

const roleAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  is_system: z.boolean(),
  permissions: z.array(z.string()),
  members: z.array(z.object({ id: z.uuid(), full_name: z.string(), status: memberStatus })),
  in_use: z.boolean(),
  own: z.boolean(),
  deletable: z.boolean(),
});
/** A role with what it allows; `members` is empty for callers who may not see the team, `own` is the caller's. */
export type Role = z.infer<typeof roleAnswer>;

/** One role of the clinic, or null. */
export async function findRole(scope: Scope, id: string): Promise<Role | null> {
  return roleAnswer.nullable().parse(unwrap(await scope.db.rpc('find_role', { p_role: id })));
}
