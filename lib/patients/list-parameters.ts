import type { SearchParams } from '@/lib/infra/search-params';
import { type ListQuery, listSchema, sorts } from './schema';

/** Reads the list's page from an address; what is not understood falls back to the first page. */
export function readListAddress(parameters: SearchParams): ListQuery {
  const one = (name: string) => (typeof parameters[name] === 'string' ? parameters[name] : undefined);
  const parsed = listSchema.safeParse({
    archived: one('show') === 'archived',
    sort: sorts.find((sort) => sort === one('sort')),
    descending: one('order') === 'desc',
    after: one('after') ?? null,
    before: one('before') ?? null,
  });
  return parsed.success ? parsed.data : listSchema.parse({});
}
