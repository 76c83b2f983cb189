import { readdirSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import type { PermissionKey } from '@/lib/infra/permission.types';
import type { TenantTable } from './tenant-table';

const folder = path.join(import.meta.dirname, '../tables');

/** The fixture of every tenant table, by the table's name; each stands after those that it needs. */
export const tables: ReadonlyMap<string, TenantTable> = inOrder(
  await Promise.all(
    readdirSync(folder)
      .sort()
      .map(async (file) => (await import(/* @vite-ignore */ path.join(folder, file))).default as TenantTable),
  ),
);

function inOrder(all: TenantTable[]): Map<string, TenantTable> {
  const ordered = new Map<string, TenantTable>();
  const add = (table: TenantTable) => {
    if (ordered.has(table.name)) return;
    for (const name of table.needs ?? []) {
      const needed = all.find((other) => other.name === name);
      if (!needed) throw new Error(`${table.name} needs ${name}, which has no fixture in tests/tables.`);
      add(needed);
    }
    ordered.set(table.name, table);
  };
  for (const table of all) add(table);
  if (ordered.size < all.length) throw new Error('Two files of tests/tables are about one table: leave it to the one of its name.');
  return ordered;
}

/** What a permission alone opens, or every member has, on all tables: `select public.rooms`. */
export const rightsOf = (permission: PermissionKey | 'everybody'): string[] =>
  [...tables.values()].flatMap(({ name, opens }) => (opens?.[permission] ?? []).map((operation) => `${operation} ${name}`));

/** Whose rows are made. */
export type RowsOf = { tenantId: string; slug: string; owner: { userId: string; email: string } };

/**
 * The statement that inserts a row of a fixture into a clinic, with every value written out, so that whoever runs it needs to see
 * nothing but the table.
 */
export async function insertion(sql: pg.Client, { name, row = {} }: TenantTable, { tenantId, slug, owner }: RowsOf): Promise<string> {
  const columns = Object.keys(row);
  const values = Object.values(row).map((value) => `quote_nullable((${value})::text)`);
  const { rows } = await sql.query<{ values: string[] }>(
    `select array[${values.join(', ')}]::text[] as values
     from (select $1::uuid as id, $2::text as slug, $3::uuid as owner, $4::text as email) as clinic`,
    [tenantId, slug, owner.userId, owner.email],
  );
  return `insert into ${name} (${['tenant_id', ...columns].join(', ')}) values (${[`'${tenantId}'`, ...(rows[0]?.values ?? [])].join(', ')})`;
}

/** Gives a clinic a row in every table that has none of it: what has no row can neither be shown nor changed, and proves nothing. */
export async function addRows(sql: pg.Client, clinic: RowsOf): Promise<void> {
  for (const table of tables.values()) {
    if (!table.row) continue;
    const { rowCount } = await sql.query(`select 1 from ${table.name} where tenant_id = $1 limit 1`, [clinic.tenantId]);
    if (!rowCount) await sql.query(await insertion(sql, table, clinic));
  }
}

/** Adds the rows of every fixture, and answers the ids of those that have one: `rooms`, or `patient_imports checked`. */
export async function addNamedRows(sql: pg.Client, clinic: RowsOf): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const table of tables.values()) {
    if (!table.row) continue;
    for (const [key, more] of Object.entries({ '': {}, ...table.more })) {
      const row = await insertion(sql, { ...table, row: { ...table.row, ...more } }, clinic);
      const { rows } = await sql.query(`${row} on conflict do nothing returning *`);
      if (/^[0-9a-f-]{36}$/.test(rows[0]?.id)) ids.set(`${table.name.split('.')[1]} ${key}`.trim(), rows[0].id);
    }
  }
  return ids;
}
