import { readdirSync } from 'node:fs';
import path from 'node:path';

/** The id under which a furnished clinic knows something of its own: `patients`, `patient_imports checked` (`tests/tables`). */
export type Ids = (what: string) => string;

/** What an action is tried with: of the own clinic by a member without any permission, and of another clinic by its owner. */
export type ActionCase = {
  input: (ids: Ids) => unknown;
  /** What it takes of a clinic's. */
  foreign: 'an id' | 'nothing';
  /** Any member may do it, to their own account and session alone. */
  everybody?: true;
  /** What the database answers a member without permissions who calls it past the app's check, if not `forbidden`, and why. */
  otherwise?: { code: string; because: string };
};

export const takesId = (input: ActionCase['input'], more: Partial<ActionCase> = {}): ActionCase => ({ input, foreign: 'an id', ...more });
export const takesNothing = (input: unknown = {}, more: Partial<ActionCase> = {}): ActionCase => ({
  input: () => input,
  foreign: 'nothing',
  ...more,
});
export const ownAccount = (input: unknown = {}): ActionCase => takesNothing(input, { everybody: true });

/** What a route takes that asks for a permission; `foreign` names another clinic's ids where it takes any. */
export type RouteCase = { body?: object; foreign?: (ids: Ids) => object };

export type PageCase = {
  /** Where a page with a parameter is opened. */
  address?: (ids: Ids) => string;
  /** A text that its members see on it, and nobody else. */
  mark?: (slug: string) => string;
  /** Why its owner sees no mark on it. */
  unmarked?: string;
  /** Its first read is refused by an error, which no page expects behind its gate. */
  broken?: true;
};

/** The doors of a domain, as the tests try them. Each domain's stand in a file of `tests/doors`, whose default export they are. */
export type Doors = {
  /** The actions by which members work, in an order in which an owner's act leaves the next one its object. */
  actions?: Record<string, ActionCase>;
  /** Actions of the entrances, where nobody belongs to a clinic yet: they take words, codes and tokens, and nothing of a clinic. */
  entranceActions?: readonly string[];
  /** Actions of the platform's own area, which name clinics and what is theirs; a clinic's owner is refused each. */
  platformActions?: Record<string, (ids: Ids) => unknown>;
  /** The routes that ask for a permission. */
  routes?: Record<string, RouteCase>;
  /** The routes that ask for none: every member has them, or everybody. */
  openRoutes?: { members?: readonly string[]; anybody?: readonly string[] };
  /** The pages of a clinic of which there is something to say. */
  pages?: Record<string, PageCase>;
  /** The functions of the data API that each of its roles may call. */
  functions?: Partial<Record<'anon' | 'authenticated' | 'service_role', readonly string[]>>;
};

const folder = path.join(import.meta.dirname, '../doors');
const all = await Promise.all(
  readdirSync(folder)
    .sort()
    .map(async (file) => (await import(/* @vite-ignore */ path.join(folder, file))).default as Doors),
);

/** The parts of all domains as one; what two of them name would be tried as one of them says, and the other's case would be lost. */
function merged<T>(part: (doors: Doors) => Record<string, T> | undefined): Record<string, T> {
  const entries = all.flatMap((doors) => Object.entries(part(doors) ?? {}));
  const twice = entries.find(([name], index) => entries.findIndex(([other]) => other === name) < index);
  if (twice) throw new Error(`Two files of tests/doors have a case of ${twice[0]}: leave it to its domain's.`);
  return Object.fromEntries(entries);
}

export const clinicActions = merged(({ actions }) => actions);
export const entranceActions = all.flatMap(({ entranceActions }) => entranceActions ?? []);
export const platformActions = merged(({ platformActions }) => platformActions);
export const routeCases = merged(({ routes }) => routes);
export const openRoutes = {
  members: all.flatMap(({ openRoutes }) => openRoutes?.members ?? []),
  anybody: all.flatMap(({ openRoutes }) => openRoutes?.anybody ?? []),
};
export const pageCases = merged(({ pages }) => pages);
/** The functions that a role of the data API may call. */
export const callable = (role: 'anon' | 'authenticated' | 'service_role') => all.flatMap(({ functions }) => functions?.[role] ?? []).sort();

type Found = { name: string; file: string };
const gone = (listed: string[], found: Found[], what: string) =>
  listed
    .filter((name) => !found.some((other) => other.name === name))
    .map((name) => `${name} is no ${what} any more: take it out of tests/doors`);

/** Actions of the build that no list has, and listed ones that the build has not, each with the remedy. */
export function unlistedActions(actions: Found[]): string[] {
  const listed = [...Object.keys(clinicActions), ...entranceActions, ...Object.keys(platformActions)];
  const twice = actions.filter(({ name, file }) => actions.some((other) => other.name === name && other.file < file));
  return [
    ...twice.map(({ name, file }) => `${file}: there is another action called ${name}: give it a name of its own`),
    ...actions
      .filter(({ name }) => !listed.includes(name))
      .map(({ name, file }) => `${file}: ${name} has no case: add one, with an id of another clinic, to its domain's file in tests/doors`),
    ...gone(listed, actions, 'action'),
  ];
}

/** Routes of the build that no list has, and listed ones that the build has not, each with the remedy. */
export function unlistedRoutes(routes: Found[]): string[] {
  const listed = [...Object.keys(routeCases), ...openRoutes.members, ...openRoutes.anybody];
  return [
    ...routes
      .filter(({ name }) => !listed.includes(name))
      .map(
        ({ name, file }) =>
          `${file}: ${name} has no case: make it by clinicRoute(…) with its permission and add it to the routes of its domain's file in tests/doors, or name it there as open`,
      ),
    ...gone(listed, routes, 'route'),
  ];
}
