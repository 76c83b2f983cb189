import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { as, connect, failure, rolledBack } from '../support/database';
import { loadWorld, type RoleKey, roleKeys } from '../support/world';
import { emptyTables, tenantTables } from './isolation-probes';

const world = loadWorld();
const { people, clinics } = world;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const address = ['address_line1', 'address_line2', 'city', 'region', 'postal_code', 'country'];
const patient = [
  ...['given_name', 'family_name', 'birth_date', 'sex', 'mobile_phone', 'home_phone', 'email', 'external_id', 'remarks', 'archived_at'],
  ...['consent_email', 'consent_sms', 'consent_phone', ...address],
];

/** Which columns of their own clinic's rows who may patch. Every other column of every table is refused to everybody. */
const patchable: Record<string, { columns: string[]; roles: RoleKey[] }> = {
  tenants: { columns: ['name', 'time_zone', 'currency', 'locale'], roles: ['owner', 'admin'] },
  tenant_settings: {
    columns: ['contact_email', 'contact_phone', 'website', 'brand_color', 'session_idle_minutes', 'session_hours', ...address],
    roles: ['owner', 'admin'],
  },
  patients: { columns: patient, roles: ['owner', 'admin', 'practitioner', 'staff'] },
};

test('I4 each role patches exactly the columns of the map, in the own clinic alone', () =>
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
    const expected = Object.entries(patchable).flatMap(([table, { columns, roles }]) =>
      roles.flatMap((role) => columns.map((column) => `${role} ${table}.${column}`)),
    );
    expect(found.sort()).toEqual(expected.sort());
  }));
