import 'server-only';
import type { Scope } from '@/lib/access/gate';
import { AppError } from '@/lib/infra/errors';
import { unwrap } from '@/lib/infra/supabase';
import type { ProfileInput, SecondFactorInput } from './schema';

/** Changes the clinic's profile. @throws {AppError} forbidden */
export async function updateProfile(scope: Scope, profile: ProfileInput): Promise<void> {
  const changed = unwrap(await scope.db.rpc('update_clinic_profile', { p_profile: JSON.stringify(profile) }));
  if (!changed) throw new AppError('forbidden');
}

type Settings = { brand_color: string | null } | { session_idle_minutes: number; session_hours: number };

/** Changes settings of the clinic. @throws {AppError} forbidden */
export async function updateSettings(scope: Scope, settings: Settings): Promise<void> {
  const changed = unwrap(
    await scope.db.from('tenant_settings').update(settings).eq('tenant_id', scope.tenantId).select('tenant_id'),
  ) as unknown[];
  if (changed.length === 0) throw new AppError('forbidden');
}

/** Says who must have a second factor, and from when on. @throws {AppError} forbidden, step_up */
export async function setSecondFactorRule(scope: Scope, { rule, roles, from }: SecondFactorInput): Promise<void> {
  const answer = await scope.db.rpc('set_second_factor_rule', {
    p_rule: rule,
    p_roles: JSON.stringify(roles),
    ...(from && { p_from: from }),
  });
  if (!unwrap(answer)) throw new AppError('forbidden');
}

/** Sets the clinic's logo (a PNG), or removes it. @throws {AppError} forbidden */
export async function setLogo(scope: Scope, image: Buffer | null): Promise<void> {
  unwrap(await scope.db.rpc('set_logo', image ? { p_image: image.toString('base64') } : {}));
}
