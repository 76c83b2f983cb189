import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { baseFile, baseMigration } from '@/scripts/stack/base';
import { supabaseCli } from '@/scripts/stack/migrate';
import { staleTypes } from '@/scripts/types';
import { connect, failure, rolledBack } from '../support/database';
import { callable } from '../support/doors';
import { stack } from '../support/env';
import { tables } from '../support/tables';
import { policyFindings } from './policy-lint';
import { oracles } from './unique-indexes';

let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const names = async (query: string) => (await sql.query<{ name: string }>(query)).rows.map(({ name }) => name);

test('I3 the advisors find nothing at warn or above', async () => {
  const report = await supabaseCli(stack.DATABASE_URL, ['db', 'advisors', '--level', 'info']);
  const findings = JSON.parse(report) as { level: string; name: string; detail: string }[];
  expect(findings.some(({ level }) => level === 'INFO')).toBe(true);
  expect(findings.filter(({ level }) => level !== 'INFO').map(({ name, detail }) => `${name}: ${detail}`)).toEqual([]);
});

test('the base migration is what supabase/schemas amounts to; npm run db:base writes it', () => {
  expect(readFileSync(baseFile, 'utf8')).toBe(baseMigration());
});

test('supabase/schemas says each thing once', () => {
  const again = baseMigration().match(/^(create or replace|alter policy|alter function|drop|alter table \S+\s+(add|drop|alter)).*$/gim);
  expect(again).toBeNull();
});

test('what the body of each function names is there', async () => {
  const validators = `select p.oid::regprocedure::text as name, l.lanvalidator::regproc::text as validator, p.oid
    from pg_proc p join pg_language l on l.oid = p.prolang where pronamespace in ('public'::regnamespace, 'private'::regnamespace)`;
  const broken = async () => {
    const found: string[] = [];
    for (const { name, validator, oid } of (await sql.query(validators)).rows) {
      await sql.query('savepoint validation');
      const code = await failure(sql.query(`select ${validator}(${oid})`));
      if (code) found.push(`${name}: ${code}`);
      await sql.query('rollback to savepoint validation');
    }
    return found;
  };
  await rolledBack(sql, async () => {
    expect(await broken()).toEqual([]);
    await sql.query('set local check_function_bodies = off');
    await sql.query(`create function private.planted() returns bigint language sql as 'select count(*) from private.nowhere'`);
    await sql.query('set local check_function_bodies = on');
    expect(await broken()).toEqual(['private.planted(): 42P01']);
  });
});

test('the committed types are those of the migrations', async () => {
  expect(await staleTypes(stack.DATABASE_URL)).toEqual([]);
});

test.each([...tables.keys()])('I3 the policies of %s follow the rules', async (table) => {
  expect(await policyFindings(sql, table)).toEqual([]);
});

test('I3 every table of the product has forced row-level security', async () => {
  expect(
    await names(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('public', 'private') and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)`,
    ),
  ).toEqual([]);
});

test('I3 tenant_id is never null and leads an index', async () => {
  const nullable = await names(
    `select attrelid::regclass::text as name from pg_attribute join pg_class c on c.oid = attrelid and c.relkind = 'r'
     where attname = 'tenant_id' and not attnotnull and attrelid not in ('private.signup_reservations'::regclass, 'private.stripe_events'::regclass)
       and relnamespace in ('public'::regnamespace, 'private'::regnamespace)`,
  );
  expect(nullable).toEqual([]);
  for (const table of tables.keys()) {
    if (table === 'public.tenants' || table === 'private.signup_reservations') continue;
    const led = await names(
      `select i.indexrelid::regclass::text as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
       where i.indrelid = '${table}'::regclass and a.attname = 'tenant_id'`,
    );
    expect(led, table).not.toEqual([]);
  }
});

test('I3 what is unique in a tenant table is unique within a clinic', async () => {
  expect(await oracles(sql)).toEqual([]);
});

test('I3 an index that is unique across clinics is named with the remedy', () =>
  rolledBack(sql, async () => {
    await sql.query('create unique index planted_key on public.patients (external_id)');
    expect(await oracles(sql)).toEqual([
      "public.patients: public.planted_key is unique across clinics, which tells one what another has: put tenant_id into it, or name it with its reason in the table's fixture in tests/tables",
    ]);
  }));

test('I3 foreign keys between tenant tables carry the tenant', async () => {
  const plain = await names(
    `select c.conrelid::regclass || '.' || c.conname as name from pg_constraint c
     where c.contype = 'f' and c.confrelid <> 'public.tenants'::regclass
       and exists (select 1 from pg_attribute a where a.attrelid = c.conrelid and a.attname = 'tenant_id' and not a.attisdropped)
       and exists (select 1 from pg_attribute a where a.attrelid = c.confrelid and a.attname = 'tenant_id' and not a.attisdropped)
       and not exists (select 1 from pg_attribute a where a.attrelid = c.conrelid and a.attname = 'tenant_id' and a.attnum = any (c.conkey))`,
  );
  expect(plain).toEqual([]);
});

test('I3 every function has an empty search path, and no definer stands in public', async () => {
  const scope = `pronamespace in ('public'::regnamespace, 'private'::regnamespace)`;
  expect(
    await names(
      `select oid::regprocedure::text as name from pg_proc where ${scope} and not coalesce(proconfig @> array['search_path=""'], false)`,
    ),
  ).toEqual([]);
  expect(
    await names(`select oid::regprocedure::text as name from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`),
  ).toEqual([]);
});

test.each(['anon', 'authenticated', 'service_role'] as const)(
  'I3 %s may call the functions that tests/doors names, and no others',
  async (role) => {
    const granted = await names(
      `select proname as name from pg_proc where pronamespace = 'public'::regnamespace and has_function_privilege('${role}', oid, 'execute') order by 1`,
    );
    expect(granted).toEqual(callable(role));
  },
);

test('I3 the API roles create nothing and own nothing', async () => {
  for (const role of ['anon', 'authenticated', 'service_role']) {
    for (const schema of ['public', 'private', 'extensions', 'graphile_worker']) {
      const { rows } = await sql.query('select has_schema_privilege($1, $2, $3) as may', [role, schema, 'create']);
      expect(rows[0].may, `${role} ${schema}`).toBe(false);
    }
  }
});
