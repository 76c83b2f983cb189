import 'server-only';
import type { Scope } from '@/lib/access/gate';
import { fromDatabase } from '@/lib/infra/errors';

/** The clinic's settings. @throws {AppError} not_found when the caller may not see them */
export async function findSettings(scope: Scope) {
  const { data, error } = await scope.db
    .from('tenant_settings')
    .select(
      'contact_email, contact_phone, website, address_line1, address_line2, city, region, postal_code, country, brand_color, logo_hash, session_idle_minutes, session_hours',
    )
    .eq('tenant_id', scope.tenantId)
    .single();
  if (error) throw fromDatabase(error);
  return data;
}

export type ClinicSettings = Awaited<ReturnType<typeof findSettings>>;
