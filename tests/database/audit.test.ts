import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, connect, failure, rolledBack } from '../support/database';
import { addPatient, canary, loadWorld, type Person } from '../support/world';

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
/** The newest entries of Alder's log, the latest first. */
const latest = async (count: number) =>
  (
    await sql.query(
      `select action, outcome, reason, record_id, actor_id, changed_fields, values_mac is not null as marked from public.audit_log
       where tenant_id = $1 order by id desc limit $2`,
      [alder, count],
    )
  ).rows;

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
  const slug = 'hawthorn';
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

describe('A2 coverage', () => {
  test('every table that a clinic’s people can change has the triggers', async () => {
    const { rows } = await sql.query(
      `select c.oid::regclass::text as name from pg_class c
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
         and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname in ('tenant_id', 'slug') and not a.attisdropped)
         and c.relname not in ('audit_log', 'usage_counters')
         and 3 <> (select count(*) from pg_trigger t where t.tgrelid = c.oid and t.tgname like '%\\_audit\\_%')`,
    );
    // Of permissions the role's entry tells; imports note their steps by themselves.
    expect(rows.map(({ name }) => name).sort()).toEqual(['patient_imports', 'role_permissions']);
  });

  test('opening a record leaves one line, a list none, and what is not shown none', () =>
    rolledBack(sql, async () => {
      const count = () => value(`select count(*)::int as value from public.audit_log where tenant_id = $1`, [alder]);
      const before = await count();
      const lines = (statement: string, person = people.alder_staff) =>
        as(sql, person, async () => {
          const { rows } = await sql.query(statement);
          await sql.query('reset role');
          return [Object.values(rows[0] ?? {})[0], (await count()) - before];
        });
      const open = (id: string) => `select public.open_patient('${id}')`;
      expect(await lines(open(clinics.alder.patientId))).toEqual([true, 1]);
      expect((await lines('select public.list_patients()'))[1]).toBe(0);
      expect(await lines(open(clinics.birch.patientId))).toEqual([false, 0]);
      expect(await lines(open(clinics.alder.patientId), people.alder_billing)).toEqual([false, 0]);
    }));

  test('a record is read after its opening was written for good, by that session, for a minute', () =>
    rolledBack(sql, async () => {
      const read = (person: Person, id = clinics.alder.patientId) =>
        as(sql, person, async () => (await sql.query('select * from public.read_patient($1)', [id])).rowCount);
      const opened = (person: Person, age: string, outcome = 'done') =>
        // Of a transaction that has ended long ago.
        sql.query(
          `insert into public.audit_log (tenant_id, actor_id, session_id, action, record_id, outcome, occurred_at, xid)
           values ($1, $2, $3, 'patients.opened', $4, $5, now() - $6::interval, '3')`,
          [alder, person.userId, person.sessionId, clinics.alder.patientId, outcome, age],
        );
      expect(await read(people.alder_staff)).toBe(0);
      await opened(people.alder_staff, '2 minutes');
      await opened(people.alder_staff, '1 second', 'refused');
      await opened(people.alder_admin, '1 second');
      expect(await read(people.alder_staff)).toBe(0);
      await opened(people.alder_staff, '1 second');
      expect([await read(people.alder_staff), await read(people.alder_practitioner)]).toEqual([1, 0]);
      expect(await read(people.alder_staff, clinics.birch.patientId)).toBe(0);
      // In one transaction with its line nothing is read: an error would show the value and undo the line.
      await as(sql, people.alder_practitioner, async () => {
        expect(await value('select public.open_patient($1) as value', [clinics.alder.patientId])).toBe(true);
        expect((await sql.query('select * from public.read_patient($1)', [clinics.alder.patientId])).rowCount).toBe(0);
      });
    }));

  test('the full record cannot be read past the log', () =>
    rolledBack(sql, async () => {
      for (const column of ['remarks', 'address_line1', 'postal_code', 'consent_sms', '*']) {
        await as(sql, people.alder_owner, async () => {
          expect((await sql.query('select family_name from public.patients')).rowCount, column).toBeGreaterThan(0);
          expect(await failure(sql.query(`select ${column} from public.patients`)), column).toBe('42501');
        });
      }
    }));

  test('changes name their fields and mark their values; the mark can be checked until the patient’s key is gone', () =>
    rolledBack(sql, async () => {
      await as(sql, people.alder_staff, async () => {
        await sql.query(`update public.patients set mobile_phone = '+1 617 555 0199', remarks = $2 where id = $1`, [
          clinics.alder.patientId,
          canary,
        ]);
        await sql.query('reset role');
        const [entry] = await latest(1);
        expect(entry).toMatchObject({
          action: 'patients.update',
          outcome: 'done',
          record_id: clinics.alder.patientId,
          actor_id: people.alder_staff.userId,
          changed_fields: ['mobile_phone', 'remarks'],
          marked: true,
        });
        const id = await value('select max(id) as value from public.audit_log where tenant_id = $1', [alder]);
        const matches = (values: object) => value('select private.audit_value_matches($1, $2, $3) as value', [alder, id, values]);
        expect(await matches({ mobile_phone: '+1 617 555 0199', remarks: canary })).toBe(true);
        expect(await matches({ mobile_phone: '+1 617 555 0198', remarks: canary })).toBe(false);
        await sql.query('delete from private.patient_keys where patient_id = $1', [clinics.alder.patientId]);
        expect(await matches({ mobile_phone: '+1 617 555 0199', remarks: canary })).toBeNull();
      });
    }));

  test('a patient’s key goes with the patient', () =>
    rolledBack(sql, async () => {
      const patient = await addPatient(sql, alder, 'Erased');
      const keys = () => value('select count(*)::int as value from private.patient_keys where patient_id = $1', [patient]);
      expect(await keys()).toBe(1);
      await sql.query('delete from public.patients where id = $1', [patient]);
      expect(await keys()).toBe(0);
    }));

  test('a refusal is noted for a session that lives, by the app alone', () =>
    rolledBack(sql, async () => {
      const count = () => value('select count(*)::int as value from public.audit_log');
      const before = await count();
      const refuse = (person: Person) =>
        sql.query(`select private.record_refusal($1, 'r-1', '203.0.113.9', 'edit-patient', 'forbidden', $2)`, [
          person.sessionId,
          clinics.birch.patientId,
        ]);
      for (const person of [people.stranger, people.ended, people.unbound]) await refuse(person);
      expect(await count()).toBe(before);
      await refuse(people.alder_billing);
      expect(await latest(1)).toMatchObject([
        {
          action: 'edit-patient',
          outcome: 'refused',
          reason: 'forbidden',
          record_id: clinics.birch.patientId,
          actor_id: people.alder_billing.userId,
        },
      ]);
      const forged = `select public.record_refusal('${people.alder_owner.sessionId}', '', '', 'patients.exported', 'x')`;
      expect(await as(sql, people.alder_owner, () => failure(sql.query(forged)))).toBe('42501');
    }));

  test('a line of a refused export begins no export', () =>
    rolledBack(sql, async () => {
      const owner = people.alder_owner;
      await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [owner.userId]);
      await sql.query(`select private.record_refusal($1, '', '', 'patients.exported', 'x', $1)`, [owner.sessionId]);
      const portion = () => as(sql, owner, () => failure(sql.query('select public.export_patients(false)')));
      expect(await portion()).toBe('42501');
      await as(sql, owner, async () => {
        await sql.query('select public.start_patient_export()');
        expect((await sql.query('select public.export_patients(false)')).rowCount).toBeGreaterThan(0);
      });
    }));

  test('who was removed keeps a name in the log', () =>
    rolledBack(sql, async () => {
      const membership = await value('delete from public.memberships where tenant_id = $1 and user_id = $2 returning id as value', [
        alder,
        people.alder_staff.userId,
      ]);
      await as(sql, people.alder_owner, async () => {
        const { rows } = await value('select public.list_audit(p_record => $1) as value', [membership]);
        expect(rows[0]).toMatchObject({ action: 'memberships.delete', member: 'Alder staff' });
        const filters = await value('select public.audit_filters() as value');
        expect(filters.people).toContainEqual({ id: people.alder_staff.userId, name: 'Alder staff' });
      });
    }));

  test('a sign-in that fails is noted at the clinic, without what was typed', () =>
    rolledBack(sql, async () => {
      const fail = async (email: string) => {
        await sql.query('savepoint fail');
        await sql.query('set local role service_role');
        await sql.query(`select public.record_failed_sign_in('alder', $1, '203.0.113.9', 'Test', 'bad_credentials')`, [email]);
        await sql.query('reset role');
        const [entry] = await latest(1);
        await sql.query('rollback to savepoint fail');
        return entry;
      };
      const membership = await value('select id as value from public.memberships where tenant_id = $1 and user_id = $2', [
        alder,
        people.alder_staff.userId,
      ]);
      expect(await fail(people.alder_staff.email)).toMatchObject({ action: 'sessions.refused', outcome: 'failed', record_id: membership });
      expect(await fail(people.birch_owner.email)).toMatchObject({ action: 'sessions.refused', record_id: null });
      const elsewhere = await value(`select count(*)::int as value from public.audit_log where reason = 'elsewhere'`);
      await sql.query(`select private.record_failed_sign_in('birch', $1, '203.0.113.9', 'Test', 'bad_credentials')`, [
        people.alder_staff.email,
      ]);
      expect((await latest(1))[0]).toMatchObject({ action: 'sessions.refused', reason: 'elsewhere', record_id: membership });
      expect(await value(`select count(*)::int as value from public.audit_log where reason = 'elsewhere'`)).toBe(elsewhere + 1);
      expect(await fail('hunter2@typo.test')).toMatchObject({ action: 'sessions.refused', record_id: null });
    }));

  test('no entry of any clinic holds a patient’s words', async () => {
    expect(await value(`select count(*)::int as value from public.audit_log l where l::text like $1`, [`%${canary}%`])).toBe(0);
    expect(await value(`select count(*)::int as value from public.patients p where p::text like $1`, [`%${canary}%`])).toBeGreaterThan(0);
  });
});
