import { type ListQuery, listSchema, sorts } from './schema';

type Parameters = Record<string, string | string[] | undefined>;

/** Reads the list's page from an address; what is not understood falls back to the first page. */
export function readListAddress(parameters: Parameters): ListQuery {
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

/** Writes the address of a page of the list. The search is never part of it: a name has no place in an address. */
export function listAddress(query: Partial<ListQuery>): string {
  const parameters = new URLSearchParams();
  if (query.archived) parameters.set('show', 'archived');
  if (query.sort && query.sort !== 'name') parameters.set('sort', query.sort);
  if (query.descending) parameters.set('order', 'desc');
  if (query.after) parameters.set('after', query.after);
  if (query.before) parameters.set('before', query.before);
  const text = parameters.toString();
  return text ? `/patients?${text}` : '/patients';
}
