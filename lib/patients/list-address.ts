import type { ListQuery } from './schema';

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
