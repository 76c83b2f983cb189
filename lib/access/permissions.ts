import { wordsFor } from '@/lib/words/find';

/** A permission of the catalogue, with a sentence that says what it allows. */
export type Permission = { key: string; description: string };

/** What people call the part of the product that a permission is about. */
export const titleOf = (key: string): string | undefined => wordsFor('titles', key.split('.')[0] ?? key);

export type PermissionGroup = { title: string; permissions: Permission[] };

/** The catalogue in parts, in its own order. */
export function groupPermissions(catalogue: Permission[]): PermissionGroup[] {
  const groups = new Map<string, Permission[]>();
  for (const permission of catalogue) {
    const resource = permission.key.split('.')[0] ?? permission.key;
    groups.set(resource, [...(groups.get(resource) ?? []), permission]);
  }
  return [...groups].map(([resource, permissions]) => ({ title: titleOf(resource) ?? resource, permissions }));
}
