/** A permission of the catalogue, with a sentence that says what it allows. */
export type Permission = { key: string; description: string };

const titles: Record<string, string> = {
  patients: 'Patients',
  appointments: 'Appointments',
  calls: 'Calls',
  messages: 'Text messages',
  notes: 'Notes',
  invoices: 'Patients’ invoices',
  files: 'Files',
  reports: 'Reports',
  exports: 'Exports',
  settings: 'Settings',
  team: 'People',
  roles: 'Roles',
  billing: 'Plan and billing',
  api_keys: 'API keys',
  webhooks: 'Webhooks',
  audit: 'Activity',
};

/** What people call the part of the product that a permission is about. */
export const titleOf = (key: string): string | undefined => titles[key.split('.')[0] ?? key];

export type PermissionGroup = { title: string; permissions: Permission[] };

/** The catalogue in parts, in its own order. */
export function groupPermissions(catalogue: Permission[]): PermissionGroup[] {
  const groups = new Map<string, Permission[]>();
  for (const permission of catalogue) {
    const resource = permission.key.split('.')[0] ?? permission.key;
    groups.set(resource, [...(groups.get(resource) ?? []), permission]);
  }
  return [...groups].map(([resource, permissions]) => ({ title: titles[resource] ?? resource, permissions }));
}
