import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { become, connect, failure } from '../support/database';
import { stack } from '../support/env';
import { bind, createClinic, createPerson, givePlan, type Person } from '../support/world';

let sql: pg.Client;
let tenantId: string;
let pool: pg.Pool;
let owner: Person;

beforeAll(async () => {
  sql = await connect();
  pool = new pg.Pool({ connectionString: stack.DATABASE_URL, max: 40 });
  owner = await createPerson(stack, 'owner@quota.test');
  tenantId = await createClinic(sql, 'quota-clinic', 'Quota Clinic', owner);
  await bind(sql, tenantId, owner);
  await givePlan(sql, tenantId, 'free');
});
afterAll(async () => {
  await pool.end();
  await sql.query('delete from public.tenants where id = $1', [tenantId]);
  await sql.end();
});

const used = async (metric: string) =>
  Number(
    (
      await sql.query(`select used from public.usage_counters where tenant_id = $1 and metric = $2 and period = 'total'`, [
        tenantId,
        metric,
      ])
    ).rows[0].used,
  );
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

/** Runs statements of a member's, each on a connection of its own; answers the codes of those that failed, and undefined for the others. */
const atOnce = (member: Person, statements: string[]) =>
  Promise.all(
    statements.map(async (statement) => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await become(client, member);
        const code = await failure(client.query(statement));
        await client.query(code === undefined ? 'commit' : 'rollback');
        return code;
      } finally {
        client.release();
      }
    }),
  );
const passed = (codes: (string | undefined)[]) => codes.filter((code) => code === undefined).length;

test('L1 the form, an import and reactivation at once let exactly one patient in', async () => {
  await sql.query(`delete from public.patients where tenant_id = $1`, [tenantId]);
  await sql.query(insert(40));
  await sql.query(`update public.patients set archived_at = now() where tenant_id = $1`, [tenantId]);
  await sql.query(insert(99));
  // Of five imports that may be open at a time, each brings one patient.
  const imports = await sql.query(
    `with opened as (
       insert into public.patient_imports (tenant_id, created_by, file_name, fields, date_order, status)
       select $1, $2, 'list.csv', '{given_name,family_name,birth_date}', 'ymd', 'importing' from generate_series(1, 5) returning id)
     insert into private.patient_import_rows (tenant_id, import_id, line, cells, patient)
     select $1, id, 2, '[]', '{"given_name": "I", "family_name": "Mported", "birth_date": "1990-01-01"}' from opened returning import_id as id`,
    [tenantId, owner.userId],
  );
  const { rows: archived } = await sql.query('select id from public.patients where tenant_id = $1 and archived', [tenantId]);
  expect([archived.length, await used('patients')]).toEqual([40, 99]);
  const [byHand, byImport] = await Promise.all([
    atOnce(owner, [
      ...archived.map(
        ({ id }) => `update public.patients set archived_at = null where tenant_id = '${tenantId}' and id = '${id}' returning id`,
      ),
      ...Array.from({ length: 55 }, () => insert(1)),
    ]),
    Promise.all(imports.rows.map(({ id }) => failure(pool.query('select private.apply_patient_import($1)', [id])))),
  ]);
  const codes = [...byHand, ...byImport];
  expect(codes).toHaveLength(100);
  expect([passed(codes), codes.filter((code) => code === 'YQ001').length]).toEqual([1, 99]);
  expect([await used('patients'), await patients()]).toEqual([100, 100]);
});

test('L1 invitations and people who come back at once let exactly one person in', async () => {
  // One of five places is free, and forty people are away.
  await sql.query(`delete from public.memberships where tenant_id = $1 and user_id <> $2`, [tenantId, owner.userId]);
  await sql.query(`insert into public.limit_overrides (tenant_id, metric, max_value, reason) values ($1, 'users', 60, 'for this test')`, [
    tenantId,
  ]);
  await sql.query(
    `insert into public.memberships (tenant_id, user_id, role_id)
     select $1, u.id, r.id from public.roles r, (select id from auth.users where email like 'member%@quota.test' order by id limit 43) as u
     where r.tenant_id = $1 and r.key = 'staff'`,
    [tenantId],
  );
  const { rows } = await sql.query(
    `update public.memberships set status = 'deactivated'
     where id in (select id from public.memberships where tenant_id = $1 and user_id <> $2 order by id limit 40) returning id`,
    [tenantId, owner.userId],
  );
  await sql.query(`delete from public.limit_overrides where tenant_id = $1`, [tenantId]);
  await sql.query(`update public.profiles set email_verified_at = now() where user_id = $1`, [owner.userId]);
  expect(await used('users')).toBe(4);
  const role = (await sql.query(`select id from public.roles where tenant_id = $1 and key = 'staff'`, [tenantId])).rows[0].id;
  const codes = await atOnce(owner, [
    ...rows.map(({ id }) => `select public.set_member_status('${id}', 'active')`),
    ...Array.from({ length: 60 }, (_, n) => `select public.invite_people('["guest${n}@quota.test"]', '${role}')`),
  ]);
  expect([passed(codes), codes.filter((code) => code === 'YQ001').length]).toEqual([1, 99]);
  const { rows: taken } = await sql.query(
    `select (select count(*) from public.memberships where tenant_id = $1 and status = 'active')
       + (select count(*) from public.invitations where tenant_id = $1 and status = 'open') as people`,
    [tenantId],
  );
  expect([await used('users'), Number(taken[0].people)]).toEqual([5, 5]);
});

test('a smaller plan and more patients at the same time never end above the smaller limit', async () => {
  const choose = async () => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      await become(client, owner);
      const code = await failure(client.query('select public.choose_free()'));
      await client.query(code === undefined ? 'commit' : 'rollback');
      return code;
    } finally {
      client.release();
    }
  };
  // Four people: the owner and three members.
  await sql.query(`delete from public.invitations where tenant_id = $1`, [tenantId]);
  await sql.query(`delete from public.memberships where tenant_id = $1 and status <> 'active'`, [tenantId]);
  const outcomes = new Set<string>();
  const newcomers = (await sql.query(`select id from auth.users where email like 'member%@quota.test' order by id limit 2`)).rows.map(
    ({ id }) => id,
  );
  const addTwo = {
    patients: insert(2),
    people: `insert into public.memberships (tenant_id, user_id, role_id)
      select '${tenantId}', u::uuid, id from public.roles, unnest('{${newcomers}}'::text[]) as u where tenant_id = '${tenantId}' and key = 'staff'`,
  };
  for (let round = 0; round < 16; round++) {
    const kind = round % 4 < 2 ? 'patients' : 'people';
    await givePlan(sql, tenantId, 'professional');
    await sql.query(`update public.tenant_subscriptions set free_since = null where tenant_id = $1`, [tenantId]);
    await sql.query(`delete from public.patients where tenant_id = $1`, [tenantId]);
    await sql.query(`delete from public.memberships where tenant_id = $1 and user_id = any($2)`, [tenantId, newcomers]);
    await sql.query(insert(99));
    const more = () => failure(pool.query(addTwo[kind]));
    const [free, added] = round % 2 ? await Promise.all([choose(), more()]) : (await Promise.all([more(), choose()])).reverse();
    const { rows } = await sql.query(
      `select p.key from public.tenant_subscriptions s join public.plans p on p.id = s.plan_id where s.tenant_id = $1`,
      [tenantId],
    );
    outcomes.add(`${kind}: ${rows[0].key}, Free ${free ?? 'chosen'}, two ${added ?? 'added'}`);
  }
  // Whoever comes first decides; never both.
  const right = ['patients', 'people'].flatMap((kind) => [
    `${kind}: free, Free chosen, two YQ001`,
    `${kind}: professional, Free YB002, two added`,
  ]);
  for (const outcome of outcomes) expect(right).toContain(outcome);
});
