import { cn } from '@/components/ui/cn';
import { inputClasses } from '@/components/ui/input';
import type { RoleSummary, TeamQuery } from '@/lib/team/schema';
import { SearchForm } from './search-form';

/** Search and filters of the people. */
export function TeamFilters({ query, roles }: { query: TeamQuery; roles: RoleSummary[] }) {
  const select = cn(inputClasses, 'h-10 sm:w-44');
  return (
    <SearchForm action="/team" label="Search people" placeholder="Name or e-mail" search={query.search}>
      <select name="role" aria-label="Role" defaultValue={query.role ?? ''} className={select}>
        <option value="">Any role</option>
        {roles.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <select name="status" aria-label="Status" defaultValue={query.status ?? ''} className={select}>
        <option value="">Any status</option>
        <option value="active">Active</option>
        <option value="deactivated">Deactivated</option>
      </select>
    </SearchForm>
  );
}
