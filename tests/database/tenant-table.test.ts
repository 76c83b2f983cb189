import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Actor, as, connect, failure, rolledBack } from '../support/database';
import { loadWorld } from '../support/world';
import { policyFindings } from './policy-lint';

const { people, clinics } = loadWorld();
const [alder, birch] = [clinics.alder.id, clinics.birch.id];
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

/** Work on a table that private.tenant_table has made one of clinics', with a row of Alder's and one of Birch's. */
const withRooms = (work: () => Promise<void>) =>
  rolledBack(sql, async () => {
    await sql.query(
      `create table public.rooms (
         id uuid not null default gen_random_uuid(), tenant_id uuid not null references public.tenants on delete cascade,
         name text not null, floor integer not null default 0, updated_at timestamptz not null default now(), version integer not null default 1,
         primary key (tenant_id, id))`,
    );
    await sql.query(
      `select private.tenant_table('public.rooms', 'patients.read', p_add => 'patients.create', p_change => 'settings.update', p_columns => array['name'])`,
    );
    await sql.query(`insert into public.rooms (tenant_id, name) values ($1, 'Alder room'), ($2, 'Birch room')`, [alder, birch]);
    await work();
  });

/** Rows that an actor's statement showed or touched, or the SQLSTATE with which it was refused. */
const tried = (actor: Actor, text: string, ...values: unknown[]) =>
  as(sql, actor, async () => {
    const asked = sql.query(text, values);
    return (await failure(asked)) ?? (await asked).rowCount;
  });

test('private.tenant_table opens a table by its permissions alone, in the own clinic alone', () =>
  withRooms(async () => {
    expect(await policyFindings(sql, 'public.rooms')).toEqual([]);
    const read = 'select name from public.rooms';
    expect([await tried(people.alder_staff, read), await tried(people.birch_owner, read)]).toEqual([1, 1]);
    expect([await tried(people.alder_billing, read), await tried(people.stranger, read), await tried('anon', read)]).toEqual([
      0,
      0,
      '42501',
    ]);
    const add = 'insert into public.rooms (tenant_id, name) values ($1, $2)';
    expect([await tried(people.alder_staff, add, alder, 'New'), await tried(people.alder_staff, add, birch, 'New')]).toEqual([1, '42501']);
    expect(await tried(people.alder_billing, add, alder, 'New')).toBe('42501');
    const change = `update public.rooms set name = 'Changed'`;
    expect([await tried(people.alder_owner, change), await tried(people.alder_staff, change)]).toEqual([1, 0]);
    expect(await tried(people.alder_owner, 'update public.rooms set tenant_id = $1', birch)).toBe('42501');
    for (const column of ['id', 'floor', 'version'])
      expect(await tried(people.alder_owner, `update public.rooms set ${column} = default`), column).toBe('42501');
    expect(await tried(people.alder_owner, 'delete from public.rooms')).toBe('42501');
  }));

test('private.tenant_table counts versions and writes the log', () =>
  withRooms(async () => {
    await sql.query(`update public.rooms set name = 'Changed' where tenant_id = $1`, [alder]);
    const { rows } = await sql.query(
      `select r.version, l.action, l.changed_fields from public.rooms r join public.audit_log l on l.tenant_id = r.tenant_id and l.record_id = r.id
       where r.tenant_id = $1 order by l.id`,
      [alder],
    );
    expect(rows.map(({ version, action }) => [version, action])).toEqual([
      [2, 'rooms.insert'],
      [2, 'rooms.update'],
    ]);
    expect(rows[1].changed_fields).toContain('name');
  }));
