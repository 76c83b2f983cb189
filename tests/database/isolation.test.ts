import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, rolledBack } from '../support/database';
import { tables } from '../support/tables';
import { loadWorld } from '../support/world';
import { probe, tenantTables } from './isolation-probes';
import { unnoticedMutants } from './policy-mutants';

const world = loadWorld();
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

test('I1 every tenant table of the catalog has its fixture, and nothing else', async () => {
  expect((await tenantTables(sql)).map(({ name }) => name)).toEqual([...tables.keys()].sort());
});

test('I1 a table without a row is named with the remedy, apart from what its policies say', () =>
  rolledBack(sql, async () => {
    await sql.query('delete from private.active_days');
    expect(await probe(sql, world, { name: 'private.active_days', tenantColumn: 'tenant_id' })).toEqual(
      ['alder', 'birch'].map((slug) => `private.active_days: no row of ${slug}: give its fixture in tests/tables a row`),
    );
  }));

test.each([...tables.keys()])('I1 %s shows and changes only what its fixture allows', async (name) => {
  const table = (await tenantTables(sql)).find((candidate) => candidate.name === name);
  if (!table) throw new Error(`${name} is not in the catalog`);
  expect(await rolledBack(sql, () => probe(sql, world, table))).toEqual([]);
});

test.each([...tables.keys()])('I2 every weakened policy of %s is noticed', async (name) => {
  const table = (await tenantTables(sql)).find((candidate) => candidate.name === name);
  if (!table) throw new Error(`${name} is not in the catalog`);
  expect(await unnoticedMutants(sql, world, table)).toEqual([]);
});
