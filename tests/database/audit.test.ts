import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, connect, failure, rolledBack } from '../support/database';
import { canary, loadWorld, type Person } from '../support/world';

const { people, clinics } = loadWorld();
const alder = clinics.alder.id;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0]?.value;
/** The newest entries of Alder's log, the latest first. */
const latest = async (count: number) =>
  (
    await sql.query(
      `select action, outcome, reason, record_id, actor_id, changed_fields, values_mac is not null as marked from public.audit_log
       where tenant_id = $1 order by id desc limit $2`,
      [alder, count],
    )
  ).rows;

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
      for (const column of ['remarks', 'address_line1', 'postal_code', 'consent_sms', 'mark_key', '*']) {
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
        await sql.query('delete from public.patients where id = $1', [clinics.alder.patientId]);
        expect(await matches({ mobile_phone: '+1 617 555 0199', remarks: canary })).toBeNull();
      });
    }));

  test('who a patient is does not change under the log, not even by the database’s owner', () =>
    rolledBack(sql, async () => {
      const id = clinics.alder.patientId;
      for (const change of ['id = gen_random_uuid()', `tenant_id = '${clinics.birch.id}'`, `mark_key = '\\x00'`]) {
        await sql.query('savepoint before');
        expect(await failure(sql.query(`update public.patients set ${change} where id = $1`, [id])), change).toBe('42501');
        await sql.query('rollback to before');
      }
      expect((await sql.query('update public.patients set id = id where id = $1', [id])).rowCount).toBe(1);
    }));

  test('a patient’s key is in no answer', () =>
    rolledBack(sql, async () => {
      const owner = people.alder_owner;
      const id = clinics.alder.patientId;
      expect(await value('select octet_length(mark_key) as value from public.patients where id = $1', [id])).toBe(32);
      await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [owner.userId]);
      await sql.query(
        `insert into public.audit_log (tenant_id, actor_id, session_id, action, record_id, xid) values ($1, $2, $3, 'patients.opened', $4, '1')`,
        [alder, owner.userId, owner.sessionId, id],
      );
      await as(sql, owner, async () => {
        await sql.query('select public.start_patient_export()');
        const whole = await sql.query(
          'select id, mark_key from public.read_patient($1) union all select id, mark_key from public.export_patients(false)',
          [id],
        );
        expect(whole.rows.filter((row) => row.id === id)).toEqual(Array(2).fill({ id, mark_key: null }));
        expect(whole.rows.filter((row) => row.mark_key !== null)).toEqual([]);
      });
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
