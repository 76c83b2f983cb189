import 'server-only';
import { requirePermission } from '@/lib/access/gate';
import type { ClinicFacts } from '@/lib/access/schema';
import { type ClinicSettings, findSettings } from './queries';

/** The settings page: the clinic, its settings, and whether the caller may change them. */
export async function loadSettings(): Promise<{ facts: ClinicFacts; settings: ClinicSettings; canChange: boolean }> {
  const scope = await requirePermission('settings.read');
  return { facts: scope.facts, settings: await findSettings(scope), canChange: scope.facts.permissions.includes('settings.update') };
}
