import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, failure } from '../support/database';
import { stack } from '../support/env';
import { createClinic, createPerson, givePlan } from '../support/world';

let sql: pg.Client;
let tenantId: string;
let pool: pg.Pool;

beforeAll(async () => {
  sql = await connect();
  pool = new pg.Pool({ connectionString: stack.DATABASE_URL, max: 40 });
  tenantId = await createClinic(sql, 'quota-clinic', 'Quota Clinic', await createPerson(stack, 'owner@quota.test'));
  await givePlan(sql, tenantId, 'free');
});
afterAll(async () => {
  await pool.end();
  await sql.query('delete from public.tenants where id = $1', [tenantId]);
  await sql.end();
});

const used = async (metric: string) =>
  Number((await sql.query('select used from public.usage_counters where tenant_id = $1 and metric = $2', [tenantId, metric])).rows[0].used);
const patients = async () =>
  Number((await sql.query('select count(*) from public.patients where tenant_id = $1 and not archived', [tenantId])).rows[0].count);
const insert = (count: number) =>
  `insert into public.patients (tenant_id, given_name, family_name, birth_date) select '${tenantId}', 'P', 'Q' || n, '1990-01-01' from generate_series(1, ${count}) n`;

test('L1 100 parallel inserts at one below the limit let exactly one patient in', async () => {
  await sql.query(insert(99));
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => failure(pool.query(insert(1)))));
  expect(outcomes.filter((code) => code === undefined)).toHaveLength(1);
  expect(outcomes.filter((code) => code === 'YQ001')).toHaveLength(99);
  expect([await used('patients'), await patients()]).toEqual([100, 100]);
});

test('L1 a bulk insert over the limit is refused whole', async () => {
  await sql.query(`update public.patients set archived_at = now() where tenant_id = $1 and family_name = 'Q1'`, [tenantId]);
  const room = 100 - (await patients());
  expect(await failure(sql.query(insert(room + 1)))).toBe('YQ001');
  expect(await used('patients')).toBe(await patients());
});

test('L1 archiving makes room, restoring and upserting take it', async () => {
  await sql.query(`delete from public.patients where tenant_id = $1 and archived`, [tenantId]);
  await sql.query(insert(100 - (await patients())));
  await sql.query(
    `update public.patients set archived_at = now() where id = (select id from public.patients where tenant_id = $1 limit 1)`,
    [tenantId],
  );
  expect(await used('patients')).toBe(99);
  const outcomes = await Promise.all([
    failure(pool.query('update public.patients set archived_at = null where tenant_id = $1 and archived', [tenantId])),
    ...Array.from({ length: 99 }, () => failure(pool.query(`${insert(1)} on conflict do nothing`))),
  ]);
  expect(outcomes.filter((code) => code === undefined)).toHaveLength(1);
  expect([await used('patients'), await patients()]).toEqual([100, 100]);
});

test('L1 100 parallel memberships at one below the limit let exactly one person in', async () => {
  const { rows } = await sql.query(
    `insert into auth.users (id, email, is_sso_user, is_anonymous) select gen_random_uuid(), 'member' || n || '@quota.test', false, false
     from generate_series(1, 103) n returning id`,
  );
  const add = (id: string) =>
    pool.query(
      `insert into public.memberships (tenant_id, user_id, role_id) select $1, $2, id from public.roles where tenant_id = $1 and key = 'staff'`,
      [tenantId, id],
    );
  for (const { id } of rows.slice(0, 3)) await add(id);
  expect(await used('users')).toBe(4);
  const outcomes = await Promise.all(rows.slice(3).map(({ id }) => failure(add(id))));
  expect(outcomes.filter((code) => code === undefined)).toHaveLength(1);
  expect(outcomes.filter((code) => code === 'YQ001')).toHaveLength(99);
  expect(await used('users')).toBe(5);
});
