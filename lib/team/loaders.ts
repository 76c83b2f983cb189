import 'server-only';
import { cache } from 'react';
import { z } from 'zod';
import { beside, missingRecord, requireClinic, requirePermission } from '@/lib/access/gate';
import type { PermissionGroup } from '@/lib/access/permissions';
import type { ClinicFacts, WorkingFacts } from '@/lib/access/schema';
import type { SearchParams } from '@/lib/infra/search-params';
import {
  findMember,
  findOwnershipOffer,
  findRole,
  listInvitations,
  listPermissions,
  listRoles,
  listTeam,
  type Member,
  type Role,
} from './queries';
import {
  type InvitationPage,
  invitationQuerySchema,
  type OwnershipOffer,
  type RoleSummary,
  type TeamPage,
  type TeamQuery,
  teamQuerySchema,
} from './schema';

/** The people of the clinic that an address asks for. */
export async function loadTeam(
  parameters: SearchParams,
): Promise<{ facts: WorkingFacts; query: TeamQuery; page: TeamPage; roles: RoleSummary[]; offer: OwnershipOffer | null }> {
  const query = teamQuerySchema.parse(parameters);
  const [{ facts }, [page, roles, offer]] = await beside(requirePermission('team.read'), (caller) =>
    Promise.all([listTeam(caller, query), listRoles(caller), findOwnershipOffer(caller)]),
  );
  return { facts, query, page, roles, offer };
}

/** The clinic's invitations that an address asks for. */
export async function loadInvitations(parameters: SearchParams): Promise<{ facts: ClinicFacts; search: string; page: InvitationPage }> {
  const { search } = invitationQuerySchema.parse(parameters);
  const [{ facts }, page] = await beside(requirePermission('team.read'), (caller) => listInvitations(caller, search));
  return { facts, search, page };
}

/** The page that invites people: the roles that the caller may give. */
export async function loadInvite(): Promise<{ facts: ClinicFacts; roles: RoleSummary[] }> {
  const [{ facts }, roles] = await beside(requirePermission('team.invite'), listRoles);
  return { facts, roles: roles.filter(({ grantable }) => grantable) };
}

/** One person of the clinic; a 404 for an unknown id and for no id at all. */
export const loadMember = cache(
  async (id: string): Promise<{ facts: WorkingFacts; member: Member; roles: RoleSummary[]; catalogue: PermissionGroup[] }> => {
    const scope = await requirePermission('team.read');
    if (!z.uuid().safeParse(id).success) return missingRecord('memberships.opened', id);
    const [member, roles, catalogue] = await Promise.all([findMember(scope, id), listRoles(scope), listPermissions(scope)]);
    return member ? { facts: scope.facts, member, roles, catalogue } : missingRecord('memberships.opened', id);
  },
);

/** The offer of ownership that concerns the caller. */
export async function loadOwnershipOffer(): Promise<{ facts: ClinicFacts; offer: OwnershipOffer | null }> {
  const [{ facts }, offer] = await beside(requireClinic(), findOwnershipOffer);
  return { facts, offer };
}

/** The clinic's roles. */
export async function loadRoles(): Promise<{ facts: WorkingFacts; roles: RoleSummary[] }> {
  const [{ facts }, roles] = await beside(requirePermission('roles.read'), listRoles);
  return { facts, roles };
}

/** One role, with the roles that its people could get instead; a 404 for an unknown id and for no id at all. */
export const loadRole = cache(
  async (id: string): Promise<{ facts: WorkingFacts; role: Role; roles: RoleSummary[]; catalogue: PermissionGroup[] }> => {
    const scope = await requirePermission('roles.read');
    if (!z.uuid().safeParse(id).success) return missingRecord('roles.opened', id);
    const [role, roles, catalogue] = await Promise.all([findRole(scope, id), listRoles(scope), listPermissions(scope)]);
    return role ? { facts: scope.facts, role, roles, catalogue } : missingRecord('roles.opened', id);
  },
);

/** A new role, as a copy of the one that the address names, or empty. */
export async function loadNewRole(
  parameters: SearchParams,
): Promise<{ facts: WorkingFacts; copied: Role | null; catalogue: PermissionGroup[] }> {
  const scope = await requirePermission('roles.manage');
  const from = z.uuid().safeParse(parameters.from);
  const [copied, catalogue] = await Promise.all([from.success ? findRole(scope, from.data) : null, listPermissions(scope)]);
  return { facts: scope.facts, copied, catalogue };
}
