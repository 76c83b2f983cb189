import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { titleOf } from '@/lib/access/permissions';
import { wordsOf } from '@/lib/audit/labels';
import { connect, rolledBack } from '../support/database';

let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const remedy = 'has no words in the log: add them in its domain’s words/en.json';

/** Everything that the database itself writes into a log: what triggers write of tables, and what functions write. */
async function wordlessActions(): Promise<string[]> {
  const triggers = await sql.query<{ table: string; action: string }>(
    `select c.relname as table, c.relname || '.' || lower(e.operation) as action
     from pg_trigger t join pg_proc p on p.oid = t.tgfoid and p.proname like 'audit\\_%' join pg_class c on c.oid = t.tgrelid
     cross join lateral (values (4, 'insert'), (8, 'delete'), (16, 'update')) as e (bit, operation)
     where not t.tgisinternal and t.tgtype & e.bit > 0 and p.pronamespace = 'private'::regnamespace order by 2`,
  );
  // Functions hand acts on to each other: whatever looks like one in any of them is one, but for permissions, settings and names of the catalog.
  const functions = await sql.query<{ name: string; action: string }>(
    `select distinct p.pronamespace::regnamespace || '.' || p.proname as name, m[1] as action
     from pg_proc p cross join lateral regexp_matches(p.prosrc, '''([a-z_]+\\.[a-z_]+)''', 'g') as m
     where p.pronamespace in ('private'::regnamespace, 'public'::regnamespace) and m[1] !~ '^(request|yourcrm|auth|extensions)\\.'
       and not exists (select from public.permissions where key = m[1]) order by 2, 1`,
  );
  expect([triggers.rows.length, functions.rows.length].every((found) => found > 15)).toBe(true);
  return [
    ...triggers.rows.filter(({ action }) => !wordsOf(action)).map(({ table, action }) => `${table}: '${action}' ${remedy}`),
    ...functions.rows.filter(({ action }) => !wordsOf(action)).map(({ name, action }) => `${name}: '${action}' ${remedy}`),
  ];
}

test('everything that the database writes into a log has words', async () => {
  expect(await wordlessActions()).toEqual([]);
});

test('an audited table without words is named with the remedy', () =>
  rolledBack(sql, async () => {
    await sql.query(
      `create table public.rooms (tenant_id uuid not null references public.tenants, id uuid primary key default gen_random_uuid())`,
    );
    await sql.query(`select private.audit_table('public.rooms')`);
    expect(await wordlessActions()).toEqual(['delete', 'insert', 'update'].map((operation) => `rooms: 'rooms.${operation}' ${remedy}`));
  }));

test('an act that a function hands on is named with the remedy', () =>
  rolledBack(sql, async () => {
    await sql.query(
      `create function private.close_room() returns void language sql as $$ select private.note_for_memberships(gen_random_uuid(), 'rooms.closed') $$`,
    );
    expect(await wordlessActions()).toEqual([`private.close_room: 'rooms.closed' ${remedy}`]);
  }));

const titleless = async () =>
  (await sql.query<{ key: string }>('select key from public.permissions order by 1')).rows
    .filter(({ key }) => titleOf(key) === undefined)
    .map(({ key }) => `${key} has no title: add it in its domain’s words/en.json`);

test('every permission has its title', async () => {
  expect(await titleless()).toEqual([]);
});

test('a permission without a title is named with the remedy', () =>
  rolledBack(sql, async () => {
    await sql.query(`insert into public.permissions (key, description, position) values ('rooms.manage', 'Manage rooms', 900)`);
    expect(await titleless()).toEqual(['rooms.manage has no title: add it in its domain’s words/en.json']);
  }));
