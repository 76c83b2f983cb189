import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, connect, failure, rolledBack } from '../support/database';
import { addPatient, loadWorld } from '../support/world';

const { people, clinics } = loadWorld();
const alder = clinics.alder.id;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0]?.value;
const seal = () => value('select private.seal_audit() as value');
const verify = (tenant = alder) => value('select private.verify_audit($1, 0, 100000) as value', [tenant]);
/** What a superuser can do who switches the triggers off. */
const tamper = async (text: string, values: unknown[] = []) => {
  await sql.query(`set local session_replication_role = replica`);
  await sql.query(text, values);
  await sql.query(`set local session_replication_role = origin`);
};

describe('A1 the log only grows', () => {
  const tables = ['public.audit_log', 'private.audit_chain', 'private.audit_anchors'];
  const statements = (table: string) => [`update ${table} set tenant_id = tenant_id`, `delete from ${table}`, `truncate ${table} cascade`];

  test.each(tables)('%s: update, delete and truncate are refused as every role, the owner of the database included', (table) =>
    rolledBack(sql, async () => {
      await addPatient(sql, alder, 'Grown');
      await seal();
      await sql.query('select private.keep_audit_anchor(tenant_id, position) from private.audit_chain');
      expect(Number(await value(`select count(*) as value from ${table}`))).toBeGreaterThan(0);
      for (const role of ['postgres', 'service_role', 'authenticated', 'anon']) {
        for (const statement of statements(table)) {
          await sql.query('savepoint attempt');
          await sql.query(`set local role ${role}`);
          expect(await failure(sql.query(statement)), `${role}: ${statement}`).toBe('42501');
          await sql.query('rollback to savepoint attempt');
        }
      }
    }),
  );

  test('a clinic’s owner reads the log and writes none of it', () =>
    rolledBack(sql, async () => {
      await as(sql, people.alder_owner, async () => {
        expect(Number(await value('select count(*) as value from public.audit_log'))).toBeGreaterThan(0);
        expect(await failure(sql.query(`insert into public.audit_log (tenant_id, action) values ($1, 'patients.opened')`, [alder]))).toBe(
          '42501',
        );
      });
    }));
});

describe('A1 tampering is found, and the first broken entry is named', () => {
  /** Five entries of Alder's at the end of a whole chain; answers their ids. */
  const prepare = async (): Promise<number[]> => {
    for (const name of ['One', 'Two', 'Three', 'Four', 'Five']) await addPatient(sql, alder, `Chained ${name}`);
    await seal();
    expect(await verify()).toMatchObject({ broken: null, waiting: 0, done: true });
    const { rows } = await sql.query(
      'select entry_id::int as id from private.audit_chain where tenant_id = $1 order by position desc limit 5',
      [alder],
    );
    return rows.map(({ id }) => id).reverse();
  };

  test.each([
    ['actor', `actor_id = gen_random_uuid()`],
    ['time', `occurred_at = occurred_at - interval '1 day'`],
    ['action', `action = 'patients.opened'`],
    ['record', 'record_id = null'],
    ['mark of the values', `values_mac = sha256('')`],
    ['outcome', `outcome = 'refused'`],
  ])('an edit of the %s', (_what, change) =>
    rolledBack(sql, async () => {
      const ids = await prepare();
      await tamper(`update public.audit_log set ${change} where tenant_id = $1 and id = $2`, [alder, ids[2]]);
      expect((await verify()).broken).toMatchObject({ entry: ids[2], why: 'changed' });
    }),
  );

  test('a deletion', () =>
    rolledBack(sql, async () => {
      const ids = await prepare();
      await tamper('delete from public.audit_log where tenant_id = $1 and id = $2', [alder, ids[1]]);
      expect((await verify()).broken).toMatchObject({ entry: ids[1], why: 'missing' });
    }));

  test('a deletion from log and chain alike, the gap closed', () =>
    rolledBack(sql, async () => {
      const ids = await prepare();
      await tamper('delete from public.audit_log where tenant_id = $1 and id = $2', [alder, ids[1]]);
      await tamper('delete from private.audit_chain where tenant_id = $1 and entry_id = $2', [alder, ids[1]]);
      expect((await verify()).broken).toMatchObject({ entry: null, why: 'missing' });
      await tamper(`update private.audit_chain c set position = c.position - 1 where c.tenant_id = $1 and c.entry_id > $2`, [
        alder,
        ids[1],
      ]);
      expect((await verify()).broken).toMatchObject({ entry: ids[2], why: 'changed' });
    }));

  test('two entries that change places', () =>
    rolledBack(sql, async () => {
      const ids = await prepare();
      // By way of -1: neither place may be taken twice.
      const swap = async (table: string, column: string) => {
        for (const [from, to] of [
          [ids[1], -1],
          [ids[3], ids[1]],
          [-1, ids[3]],
        ]) {
          await tamper(`update ${table} set ${column} = $3::bigint where tenant_id = $1 and ${column} = $2::bigint`, [alder, from, to]);
        }
      };
      await sql.query('savepoint chain');
      await swap('private.audit_chain', 'entry_id');
      expect((await verify()).broken).toMatchObject({ entry: ids[3], why: 'changed' });
      await sql.query('rollback to savepoint chain');
      await tamper('alter table public.audit_log alter column id set generated by default');
      await swap('public.audit_log', 'id');
      expect((await verify()).broken).toMatchObject({ entry: ids[1], why: 'changed' });
    }));

  test('a cut tail, by the anchor', () =>
    rolledBack(sql, async () => {
      const ids = await prepare();
      const head = Number(await value('select max(position) as value from private.audit_chain where tenant_id = $1', [alder]));
      await sql.query('select private.keep_audit_anchor($1, $2)', [alder, head]);
      expect((await verify()).broken).toBeNull();
      await tamper('delete from public.audit_log where tenant_id = $1 and id > $2', [alder, ids[2]]);
      await tamper('delete from private.audit_chain where tenant_id = $1 and entry_id > $2', [alder, ids[2]]);
      expect((await verify()).broken).toMatchObject({ position: head, why: 'cut' });
    }));

  test('a chain that was computed anew, by the anchor', () =>
    rolledBack(sql, async () => {
      const ids = await prepare();
      const head = Number(await value('select max(position) as value from private.audit_chain where tenant_id = $1', [alder]));
      await sql.query('select private.keep_audit_anchor($1, $2)', [alder, head]);
      await tamper(`update public.audit_log set record_id = null where tenant_id = $1 and id = $2`, [alder, ids[0]]);
      await tamper('delete from private.audit_chain where tenant_id = $1', [alder]);
      await tamper(`update private.audit_sealer set below = '0'`);
      await seal();
      expect((await verify()).broken).toMatchObject({ why: 'anchored' });
    }));

  test('an entry that was taken out of the chain', () =>
    rolledBack(sql, async () => {
      const ids = await prepare();
      await tamper('delete from private.audit_chain where tenant_id = $1 and entry_id = $2', [alder, ids[4]]);
      await tamper(`update private.audit_sealer set entry_id = $1`, [ids[4]]);
      expect((await verify()).broken).toMatchObject({ entry: ids[4], why: 'unsealed' });
    }));

  test('another clinic’s chain is not touched by any of it', () =>
    rolledBack(sql, async () => {
      const ids = await prepare();
      await addPatient(sql, clinics.birch.id, 'Chained Birch');
      await seal();
      await tamper('delete from public.audit_log where tenant_id = $1 and id = $2', [alder, ids[0]]);
      expect((await verify(clinics.birch.id)).broken).toBeNull();
      expect((await verify()).broken).not.toBeNull();
    }));
});

test('A1 fifty writers and three sealers make one chain without a fork', async () => {
  const slug = 'buckthorn';
  const { rows } = await sql.query('insert into public.tenants (slug, name, time_zone) values ($1, $1, $2) returning id', [slug, 'UTC']);
  const tenant: string = rows[0].id;
  const clients = await Promise.all(Array.from({ length: 53 }, () => connect()));
  try {
    const sealers = clients.slice(50);
    await Promise.all([
      ...clients.slice(0, 50).map(async (client, index) => {
        for (let n = 0; n < 8; n++) {
          await client.query('begin');
          await client.query(`select private.write_audit($1, 'patients.opened', null)`, [tenant]);
          await client.query((index + n) % 7 === 0 ? 'rollback' : 'commit');
        }
      }),
      ...sealers.map(async (client) => {
        for (let n = 0; n < 20; n++) await client.query('select private.seal_audit()');
      }),
    ]);
    await expect
      .poll(async () => {
        await sealers[0]?.query('select private.seal_audit()');
        return (await verify(tenant)).waiting;
      })
      .toBe(0);
    const written = Number(await value('select count(*) as value from public.audit_log where tenant_id = $1', [tenant]));
    expect(written).toBeGreaterThan(300);
    expect(await verify(tenant)).toEqual({ checked: written, last: written, done: true, broken: null, waiting: 0 });
  } finally {
    await Promise.all(clients.map((client) => client.end()));
    await sql.query('delete from public.tenants where id = $1', [tenant]);
  }
});

test('what was written to the log of a clinic while it went goes after an hour, and no other', () =>
  rolledBack(sql, async () => {
    const [gone, going] = ['6a1e0000-0000-4000-8000-00000000dead', '6a1e0000-0000-4000-8000-00000000d1e5'];
    await sql.query(`insert into private.forgotten_tenants (id, forgotten_at) values ($1, now() - interval '2 hours'), ($2, now())`, [
      gone,
      going,
    ]);
    for (const clinic of [gone, going, alder]) {
      const { rows } = await sql.query(`insert into public.audit_log (tenant_id, action) values ($1, 'tests.late') returning id`, [clinic]);
      await sql.query(`insert into private.audit_chain (tenant_id, position, entry_id, hash) values ($1, 1000000, $2, sha256('x'))`, [
        clinic,
        rows[0].id,
      ]);
    }
    await sql.query('select private.purge_expired()');
    for (const table of ['public.audit_log where action = $1', 'private.audit_chain where position = 1000000 and $1::text is not null'])
      expect((await sql.query(`select tenant_id from ${table} order by 1`, ['tests.late'])).rows.map((row) => row.tenant_id)).toEqual(
        [going, alder].sort(),
      );
    expect((await sql.query('select id from private.forgotten_tenants where id = any($1)', [[gone, going]])).rows).toEqual([{ id: going }]);
  }));
