import 'server-only';
import type { Scope } from '@/lib/access/gate';
import { AppError } from '@/lib/infra/errors';
import { unwrap } from '@/lib/infra/supabase';

/** Closes a security alert with a note. @throws {AppError} forbidden, not_found */
export async function resolveAlert(scope: Scope, { alert, note }: { alert: string; note: string }): Promise<void> {
  if (!unwrap(await scope.db.rpc('resolve_alert', { p_alert: alert, p_note: note }))) {
    throw new AppError('not_found', { message: 'This alert is closed already. Reload the page to see by whom.' });
  }
}
