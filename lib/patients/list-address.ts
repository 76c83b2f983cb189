import { writeAddress } from '@/lib/infra/search-params';
import type { ListQuery } from './schema';

/** Writes the address of a page of the list. The search is never part of it: a name has no place in an address. */
export const listAddress = ({ archived, sort, descending, after, before }: Partial<ListQuery>): string =>
  writeAddress('/patients', { show: archived && 'archived', sort: sort !== 'name' && sort, order: descending && 'desc', after, before });
