import { writeAddress } from '@/lib/infra/search-params';
import type { ClinicQuery } from './schema';

/** The address of a page of the list of clinics; what is not asked for is left out. */
export const clinicListAddress = ({ search, status, plan, hold, sort, page }: ClinicQuery): string =>
  writeAddress('/clinics', { search, status, plan, hold, sort: sort !== 'newest' && sort, page: page > 1 && page });
