import type { ClinicQuery } from './schema';

/** The address of a page of the list of clinics; what is not asked for is left out. */
export function clinicListAddress({ search, status, plan, hold, sort, page }: ClinicQuery): string {
  const parameters = new URLSearchParams();
  if (search) parameters.set('search', search);
  if (status) parameters.set('status', status);
  if (plan) parameters.set('plan', plan);
  if (hold) parameters.set('hold', hold);
  if (sort !== 'newest') parameters.set('sort', sort);
  if (page > 1) parameters.set('page', String(page));
  const text = parameters.toString();
  return text ? `/clinics?${text}` : '/clinics';
}
