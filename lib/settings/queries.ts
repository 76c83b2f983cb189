import 'server-only';
import type { Scope } from '@/lib/access/gate';
import { fromDatabase } from '@/lib/infra/errors';
import { unwrap } from '@/lib/infra/supabase';

/** The clinic's settings. @throws {AppError} not_found when the caller may not see them */
export async function findSettings(scope: Scope) {
  const { data, error } = await scope.db
    .from('tenant_settings')
    .select(
      'contact_email, contact_phone, website, address_line1, address_line2, city, region, postal_code, country, brand_color, logo_hash, session_idle_minutes, session_hours, second_factor, second_factor_from',
    )
    .eq('tenant_id', scope.tenantId)
    .single();
  if (error) throw fromDatabase(error);
  return data;
}

/** The clinic's roles, and which of them need a second factor; none for callers who may not see roles. */
export async function listRoleRules(scope: Scope): Promise<{ id: string; name: string; needs_second_factor: boolean }[]> {
  return unwrap(
    await scope.db
      .from('roles')
      .select('id, name, needs_second_factor')
      .eq('tenant_id', scope.tenantId)
      .order('is_system', { ascending: false })
      .order('name'),
  );
}
export type RoleRule = Awaited<ReturnType<typeof listRoleRules>>[number];

export type ClinicSettings = Awaited<ReturnType<typeof findSettings>>;
