import type pg from 'pg';
import { type Actor, as, failure } from '../support/database';
import { type Member, roleKeys } from '../support/members';
import { insertion, type RowsOf, tables } from '../support/tables';
import type { World } from '../support/world';

/** A table of the catalog, and the column that says whose a row is. */
export type CatalogTable = { name: string; tenantColumn: string };

/** Every table that belongs to clinics, read from the catalog. */
export async function tenantTables(sql: pg.Client): Promise<CatalogTable[]> {
  const { rows } = await sql.query(
    `select n.nspname || '.' || c.relname as name, case when c.relname = 'tenants' then 'id' else 'tenant_id' end as "tenantColumn"
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'private') and c.relkind in ('r', 'p')
       and (c.relname = 'tenants' or exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped))
     order by 1`,
  );
  return rows;
}

/** The tables in which a clinic of the world has no row: whatever is tried on them would find nothing. */
export async function emptyTables(sql: pg.Client, world: World, found: CatalogTable[]): Promise<string[]> {
  const findings: string[] = [];
  for (const { name, tenantColumn } of found) {
    for (const slug of ['alder', 'birch'] as const) {
      const { rowCount } = await sql.query(`select 1 from ${name} where ${tenantColumn} = $1 limit 1`, [world.clinics[slug].id]);
      if (!rowCount) findings.push(`${name}: no row of ${slug}: give its fixture in tests/tables a row`);
    }
  }
  return findings;
}

/** Rows of a clinic of the world are its owner's. */
const rowsOf = ({ clinics, people }: World, slug: 'alder' | 'birch'): RowsOf => ({
  ...{ tenantId: clinics[slug].id, slug, owner: people[`${slug}_owner`] },
});

/** The statements that are tried on a table; `own` is the clinic whose rows are at stake, `other` the other one. */
async function statements(sql: pg.Client, { name, tenantColumn }: CatalogTable, own: RowsOf, other: string) {
  const fixture = tables.get(name);
  // Where nobody may change anything, writing the tenant column stands for all columns.
  const change = fixture?.change ?? `${tenantColumn} = ${tenantColumn}`;
  const insert = fixture?.row ? await insertion(sql, fixture, own) : `insert into ${name} (${tenantColumn}) values ('${own.tenantId}')`;
  const conflict = fixture?.conflict ? `(${fixture.conflict}) do update set ${change}` : 'do nothing';
  const where = `where ${tenantColumn} = '${own.tenantId}'`;
  return {
    select: [`select 1 from ${name} ${where}`],
    insert: [insert, `${insert} returning ${tenantColumn}`],
    upsert: [`${insert} on conflict ${conflict}`],
    update: [`update ${name} set ${change} ${where}`, `update ${name} set ${change} ${where} returning ${tenantColumn}`],
    delete: [`delete from ${name} ${where}`, `delete from ${name} ${where} returning ${tenantColumn}`],
    move: [`update ${name} set ${tenantColumn} = '${other}' ${where}`],
  };
}

/** Rows that a statement showed or touched; 0 when it was refused for want of a right. Any other failure is a finding. */
async function touched(sql: pg.Client, statement: string): Promise<number | string> {
  try {
    return (await sql.query(statement)).rowCount ?? 0;
  } catch (error) {
    const code = await failure(Promise.reject(error));
    return code === '42501' ? 0 : `${code} at ${statement}`;
  }
}

/** Rows of any clinic but the actor's own that a statement without a where clause shows or touches. */
async function strayed(sql: pg.Client, { name, tenantColumn }: CatalogTable, own: string | null): Promise<string[]> {
  const findings: string[] = [];
  const change = tables.get(name)?.change;
  for (const [operation, text] of Object.entries({
    select: `select ${tenantColumn} as t from ${name}`,
    update: change ? `update ${name} set ${change} returning ${tenantColumn} as t` : '',
    delete: `with gone as (delete from ${name} returning ${tenantColumn} as t) select t from gone`,
  })) {
    if (!text) continue;
    await sql.query('savepoint stray');
    const code = await failure(
      sql.query(text).then(({ rows }) => {
        const count = rows.filter((row) => row.t !== own).length;
        if (count > 0) findings.push(`${operation} without where: ${count} rows of others`);
      }),
    );
    if (code && code !== '42501') findings.push(`${operation} without where: ${code}`);
    await sql.query('rollback to savepoint stray');
  }
  return findings;
}

/** Everybody who is not a working member of Alder, and the clinic each of them may work in, if any. */
function outsiders(world: World): [string, Actor, string | null][] {
  const { people, clinics } = world;
  return [
    ['anon', 'anon', null],
    ['stranger', people.stranger, null],
    ['platform_admin', people.platform_admin, null],
    ['birch_owner', people.birch_owner, clinics.birch.id],
    ['cedar_owner', people.cedar_owner, null],
    ['dogwood_owner', people.dogwood_owner, null],
    ['removed', people.removed, null],
    ['unbound', people.unbound, null],
    ['ended', people.ended, null],
    ['wrong_session', { ...people.stranger, sessionId: people.alder_owner.sessionId }, null],
  ];
}

/** Tries every statement as every actor on one table and answers what differs from its fixture. */
export async function probe(sql: pg.Client, world: World, table: CatalogTable): Promise<string[]> {
  const findings: string[] = [];
  const allowed = tables.get(table.name)?.may;
  if (!allowed) return [`${table.name}: say in a fixture of tests/tables who may do what`];
  const empty = await emptyTables(sql, world, [table]);
  if (empty.length > 0) return empty;
  const { alder, birch } = world.clinics;
  const tries = await statements(sql, table, rowsOf(world, 'alder'), birch.id);

  const members: [string, Actor, string | null, Member | null][] = [
    ...roleKeys.map((role): [string, Actor, string, Member] => [`alder_${role}`, world.people[`alder_${role}`], alder.id, role]),
    ['bare', world.people.bare, alder.id, 'bare'],
  ];
  const others: [string, Actor, string | null, Member | null][] = outsiders(world).map(([name, actor, own]) => [name, actor, own, null]);
  for (const [name, actor, own, role] of [...members, ...others]) {
    for (const [operation, list] of Object.entries(tries)) {
      const key = operation === 'upsert' ? 'insert' : operation;
      const permitted = role !== null && (allowed[key as keyof typeof allowed]?.includes(role) ?? false);
      for (const statement of list) {
        const count = await as(sql, actor, () => touched(sql, statement));
        if (typeof count === 'string') findings.push(`${table.name} ${operation} as ${name}: ${count}`);
        else if (permitted ? count < 1 : count > 0) findings.push(`${table.name} ${operation} as ${name}: ${count} rows`);
      }
    }
    const stray = await as(sql, actor, () => strayed(sql, table, own));
    findings.push(...stray.map((finding) => `${table.name} as ${name}: ${finding}`));
  }
  return findings;
}

/** What a member of Alder may do to its rows, as `operation table`, sorted. An update counts where it shows its rows, too. */
export async function rightsOn(sql: pg.Client, actor: Actor, world: World): Promise<string[]> {
  const rights: string[] = [];
  for (const table of await tenantTables(sql)) {
    const tries = await statements(sql, table, rowsOf(world, 'alder'), world.clinics.birch.id);
    for (const operation of ['select', 'insert', 'update', 'delete', 'move'] as const) {
      const counts = [];
      for (const statement of tries[operation]) counts.push(await as(sql, actor, () => touched(sql, statement)));
      const odd = counts.find((count) => typeof count === 'string');
      if (odd) rights.push(String(odd));
      else if (counts.some((count) => Number(count) > 0)) rights.push(`${operation} ${table.name}`);
    }
  }
  return rights.sort();
}
