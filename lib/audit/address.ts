import { writeAddress } from '@/lib/infra/search-params';
import type { AuditQuery } from './schema';

/** Writes the address of a page of the log. */
export const auditAddress = (query: Partial<AuditQuery>): string => writeAddress('/activity', query);
