import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { as, connect, failure, rolledBack } from '../support/database';
import { roleKeys } from '../support/members';
import { tables } from '../support/tables';
import { loadWorld } from '../support/world';
import { emptyTables, tenantTables } from './isolation-probes';

const world = loadWorld();
const { people, clinics } = world;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

test('I4 each role patches exactly the columns of the fixtures, in the own clinic alone', () =>
  rolledBack(sql, async () => {
    const { rows } = await sql.query<{ table: string; column: string; generated: boolean; readable: boolean }>(
      `select table_name as table, column_name as column, (is_generated = 'ALWAYS' or is_identity = 'YES') as generated,
         has_column_privilege('authenticated', format('%I.%I', table_schema, table_name), column_name, 'select') as readable
       from information_schema.columns join information_schema.tables using (table_schema, table_name)
       where table_schema = 'public' and table_type = 'BASE TABLE' order by 1, ordinal_position`,
    );
    expect(rows.length).toBeGreaterThan(100);
    expect(await emptyTables(sql, world, await tenantTables(sql))).toEqual([]);
    const found: string[] = [];
    for (const role of roleKeys) {
      for (const { table, column, generated, readable } of rows) {
        if (generated) continue;
        const key = table === 'tenants' ? 'id' : 'tenant_id';
        const scoped = rows.some((row) => row.table === table && row.column === key);
        await as(sql, people[`alder_${role}`], async () => {
          const patch = (where: string) => sql.query(`update public.${table} set ${column} = ${readable ? column : 'default'} ${where}`);
          await sql.query('savepoint patch');
          const refused = await failure(patch('where true'));
          await sql.query('rollback to savepoint patch');
          if (refused !== undefined) return expect(refused, `${role} ${table}.${column}`).toBe('42501');
          const own = (await patch(scoped ? `where ${key} = '${clinics.alder.id}'` : '')).rowCount ?? 0;
          const others = (await patch(scoped ? `where ${key} <> '${clinics.alder.id}'` : 'where false')).rowCount ?? 0;
          expect(others, `${role} ${table}.${column} elsewhere`).toBe(0);
          if (own > 0) found.push(`${role} ${table}.${column}`);
        });
      }
    }
    const expected = [...tables.values()].flatMap(({ name, may, columns = [] }) =>
      (may.update ?? []).flatMap((role) => columns.map((column) => `${role} ${name.replace('public.', '')}.${column}`)),
    );
    expect(found.sort()).toEqual(expected.sort());
  }));
