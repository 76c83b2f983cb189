import 'server-only';
import type { Scope } from '@/lib/access/gate';
import { unwrap } from '@/lib/infra/supabase';
import { type ListQuery, type ListRow, listAnswer, pageSize } from './schema';

/** One page of patients; `before` and `after` are the cursors of the neighbouring pages, where there are any. */
export type PatientPage = { rows: ListRow[]; total: number; before: string | null; after: string | null };

/** Lists the clinic's patients in keyset pages; a search matches the beginning of any word, number or date. */
export async function listPatients(scope: Scope, query: ListQuery): Promise<PatientPage> {
  const backwards = query.before !== null;
  const { rows, has_more, total } = listAnswer.parse(
    unwrap(
      await scope.db.rpc('list_patients', {
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

/** A patient's full record, or null when the clinic has none of this id. */
export async function findPatient(scope: Scope, id: string) {
  const { data, error } = await scope.db.from('patients').select().eq('tenant_id', scope.tenantId).eq('id', id).maybeSingle();
  return unwrap(error ? { data, error } : { data, error: null });
}

export type Patient = NonNullable<Awaited<ReturnType<typeof findPatient>>>;
