import 'server-only';
import type { Caller, Scope } from '@/lib/access/gate';
import type { Database } from '@/lib/infra/database.types';
import { unwrap } from '@/lib/infra/supabase';
import { type ListQuery, type ListRow, listAnswer, pageSize } from './schema';

/** One page of patients; `before` and `after` are the cursors of the neighbouring pages, where there are any. */
export type PatientPage = { rows: ListRow[]; total: number; before: string | null; after: string | null };

/** Lists the clinic's patients in keyset pages; a search matches the beginning of any word, number or date. */
export async function listPatients({ db }: Caller, query: ListQuery): Promise<PatientPage> {
  const backwards = query.before !== null;
  const { rows, has_more, total } = listAnswer.parse(
    unwrap(
      await db.rpc('list_patients', {
        p_search: query.search,
        p_archived: query.archived,
        p_sort: query.sort,
        p_descending: query.descending,
        p_cursor: query.before ?? query.after ?? undefined,
        p_backwards: backwards,
        p_limit: pageSize,
      }),
    ),
  );
  const hasBefore = backwards ? has_more : query.after !== null;
  const hasAfter = backwards ? true : has_more;
  return {
    rows,
    total,
    before: hasBefore ? (rows[0]?.id ?? null) : null,
    after: hasAfter ? (rows.at(-1)?.id ?? null) : null,
  };
}

export type Patient = Database['public']['Tables']['patients']['Row'];

/** Opens a patient's full record, which the clinic's log notes; null when the clinic has none of this id. */
export async function openPatient(scope: Scope, id: string): Promise<Patient | null> {
  if (!unwrap(await scope.db.rpc('open_patient', { p_id: id }))) return null;
  const [patient]: Patient[] = unwrap(await scope.db.rpc('read_patient', { p_id: id }));
  return patient ?? null;
}

/** Whether the clinic has a patient of this id that the caller may see. */
export async function hasPatient(scope: Scope, id: string): Promise<boolean> {
  const { data, error } = await scope.db.from('patients').select('id').eq('tenant_id', scope.tenantId).eq('id', id).maybeSingle();
  return unwrap(error ? { data, error } : { data, error: null }) !== null;
}
