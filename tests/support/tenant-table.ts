import type { PermissionKey } from '@/lib/infra/permission.types';
import type { Member } from './members';

type Operation = 'select' | 'insert' | 'update';

/** What the tests know of a table that belongs to clinics. Each stands in a file of `tests/tables`, whose default export it is. */
export type TenantTable = {
  /** With its schema: `public.rooms`. */
  name: string;
  /**
   * Who may do what to rows of their own clinic, thought out by hand and never read from SQL. What is not named is refused to
   * everybody: other operations, other clinics' rows, and every actor who is not a working member.
   */
  may: Partial<Record<Operation, readonly Member[]>>;
  /**
   * What each permission alone opens, or every member has. Rows are changed by those only who see them, so that a permission to
   * update opens nothing without one to select.
   */
  opens?: Partial<Record<PermissionKey | 'everybody', readonly Operation[]>>;
  /** The columns that those may patch who may update; every other one is refused to everybody. */
  columns?: readonly string[];
  /** A change of such a column, in SQL: `name = 'Changed'`. */
  change?: string;
  /** What an insert that meets a row changes instead: the columns of a unique key that does not have to be filled. */
  conflict?: string;
  /**
   * A row, in SQL, beside its tenant column; without one, provisioning or a trigger leaves one. An expression may name `clinic.id`,
   * `clinic.slug`, `clinic.owner` (a user's id) and `clinic.email`; what must be unique in a clinic draws its own value.
   */
  row?: Record<string, string>;
  /** Further rows, by the name under which doors are tried with their ids: what differs from `row`. */
  more?: Record<string, Record<string, string>>;
  /** The tables whose rows this one's refers to. */
  needs?: readonly string[];
  /** Unique indexes that reach across clinics, each with the reason why nobody learns from a conflict what another clinic has. */
  acrossClinics?: Record<string, string>;
};
