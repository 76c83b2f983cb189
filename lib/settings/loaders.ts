import 'server-only';
import { currentSlug, requirePermission } from '@/lib/access/gate';
import type { ClinicFacts } from '@/lib/access/schema';
import { statelessClient, unwrap } from '@/lib/infra/supabase';
import { type ClinicSettings, findSettings, listRoleRules, type RoleRule } from './queries';

/** The settings page: the clinic, its settings, its roles, and whether the caller may change them. */
export async function loadSettings(): Promise<{ facts: ClinicFacts; settings: ClinicSettings; roles: RoleRule[]; canChange: boolean }> {
  const scope = await requirePermission('settings.read');
  const [settings, roles] = await Promise.all([findSettings(scope), listRoleRules(scope)]);
  return { facts: scope.facts, settings, roles, canChange: scope.facts.permissions.includes('settings.update') };
}

/** The logo of the clinic of this address, which anybody may see, by its hash; null when it has another or none. */
export async function loadLogo(hash: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const slug = await currentSlug();
  const image = unwrap(await statelessClient().rpc('find_logo', { p_slug: slug, p_hash: hash })) as string | null;
  return image ? Uint8Array.from(Buffer.from(image, 'base64')) : null;
}
