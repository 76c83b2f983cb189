import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, become, connect, failure, rolledBack } from '../support/database';
import { canary, loadWorld, type Person } from '../support/world';

const { people, clinics } = loadWorld();
const admin = people.platform_admin;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0].value;

describe('a hold of the platform', () => {
  const placeForGood = async () => {
    await become(sql, admin);
    await sql.query(`select public.place_admin_hold($1, 'reported misuse')`, [clinics.alder.id]);
    await sql.query('reset role');
  };
  const gate = (person: Person) => as(sql, person, () => value(`select public.gate('alder') as value`));
  const exportedBy = (person: Person) =>
    as(sql, person, async () => {
      await sql.query('savepoint early');
      const early = await failure(sql.query('select public.export_patients(false)'));
      expect(['42501', 'YP002']).toContain(early);
      await sql.query('rollback to savepoint early');
      const refused = await failure(sql.query('select public.start_patient_export()'));
      if (refused) return refused;
      return (await sql.query('select family_name from public.export_patients(false)')).rows.map(({ family_name }) => family_name);
    });

  test('puts staff out at once and tells the owner why, who still exports; lifted, everything is as before', () =>
    rolledBack(sql, async () => {
      await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [people.alder_owner.userId]);
      expect((await gate(people.alder_staff)).status).toBe('ok');
      await placeForGood();
      for (const role of ['alder_staff', 'alder_admin', 'alder_practitioner'] as const) {
        expect(await gate(people[role]), role).toMatchObject({ status: 'signed_out', ended: 'hold' });
        expect(await exportedBy(people[role]), role).toBe('42501');
        const left = await value(`select count(*)::int as value from auth.sessions where id = $1`, [people[role].sessionId]);
        expect(left, role).toBe(0);
      }
      for (const role of ['alder_owner', 'alder_billing'] as const) {
        const facts = await gate(people[role]);
        expect(facts, role).toMatchObject({
          status: 'on_hold',
          plan: { key: 'professional' },
          holds: [{ kind: 'admin', reason: 'reported misuse' }],
        });
      }
      expect(await exportedBy(people.alder_owner)).toContain(canary);
      expect(await exportedBy(people.alder_billing)).toBe('42501');
      expect(await exportedBy(people.birch_owner)).not.toContain(canary);
      // Nothing else opens to the owner.
      expect(await as(sql, people.alder_owner, async () => (await sql.query('select id from public.patients')).rowCount)).toBe(0);

      await become(sql, admin);
      await sql.query(`select public.lift_admin_hold($1, 'cleared up')`, [clinics.alder.id]);
      await sql.query('reset role');
      expect((await gate(people.alder_owner)).status).toBe('ok');
      expect(await gate(people.alder_staff)).toMatchObject({ status: 'signed_out', ended: null });
      expect(
        await value(`select lift_reason as value from public.tenant_holds where tenant_id = $1 and reason = 'reported misuse'`, [
          clinics.alder.id,
        ]),
      ).toBe('cleared up');
    }));

  test('staff cannot sign in while it lasts; who runs the account can', () =>
    rolledBack(sql, async () => {
      const fresh = async (person: Person) => {
        const id = (await sql.query('select gen_random_uuid() as id')).rows[0].id;
        await sql.query('insert into auth.sessions (id, user_id, created_at, updated_at) values ($1, $2, now(), now())', [
          id,
          person.userId,
        ]);
        return as(sql, { ...person, sessionId: id }, () => value(`select public.enter_tenant('alder', '', '') as value`));
      };
      expect(await fresh(people.alder_staff)).toBe('ok');
      await placeForGood();
      expect(await fresh(people.alder_staff)).toBe('closed_by_hold');
      expect(await fresh(people.alder_admin)).toBe('closed_by_hold');
      expect(await fresh(people.alder_owner)).toBe('on_hold');
      expect(await fresh(people.alder_billing)).toBe('on_hold');
    }));

  test('for safety puts everybody out, and nobody exports', () =>
    rolledBack(sql, async () => {
      await sql.query('update public.profiles set email_verified_at = now() where user_id = $1', [people.alder_owner.userId]);
      expect(await exportedBy(people.alder_owner)).toContain(canary);
      await sql.query(`insert into public.tenant_holds (tenant_id, kind, reason) values ($1, 'security', 'unusual sign-ins')`, [
        clinics.alder.id,
      ]);
      expect(await gate(people.alder_owner)).toMatchObject({ status: 'signed_out', ended: 'hold' });
      const id = (await sql.query('select gen_random_uuid() as id')).rows[0].id;
      await sql.query('insert into auth.sessions (id, user_id, created_at, updated_at) values ($1, $2, now(), now())', [
        id,
        people.alder_owner.userId,
      ]);
      const again = { ...people.alder_owner, sessionId: id };
      await become(sql, again);
      expect(await value(`select public.enter_tenant('alder', '', '') as value`)).toBe('on_hold');
      await sql.query('reset role');
      expect(await gate(again)).toMatchObject({ status: 'on_hold', holds: [{ kind: 'security', reason: 'unusual sign-ins' }] });
      expect(await exportedBy(again)).toBe('42501');
    }));

  test('an owner whose address is not confirmed can have the mail sent again, and export then', () =>
    rolledBack(sql, async () => {
      await sql.query('update public.profiles set email_verified_at = null where user_id = $1', [people.alder_owner.userId]);
      await placeForGood();
      expect(await exportedBy(people.alder_owner)).toBe('YP002');
      expect(await as(sql, people.alder_owner, () => value('select public.resend_verification() as value'))).toBe(true);
      expect(await as(sql, people.alder_staff, () => value('select public.resend_verification() as value'))).toBe(false);
    }));

  test('stops an import that waits for its turn; afterwards it can be decided anew', () =>
    rolledBack(sql, async () => {
      const { rows } = await sql.query(
        `insert into public.patient_imports (tenant_id, created_by, decided_by, file_name, fields, date_order, status)
         values ($1, $2, $2, 'f.csv', array['given_name', 'family_name', 'birth_date'], 'ymd', 'importing') returning id`,
        [clinics.alder.id, people.alder_owner.userId],
      );
      await placeForGood();
      await sql.query('select private.apply_patient_import($1)', [rows[0].id]);
      expect(await value('select status as value from public.patient_imports where id = $1', [rows[0].id])).toBe('checked');
    }));

  test('its reasons are for those who run the account, also when it is over', () =>
    rolledBack(sql, async () => {
      const reasons = (person: Person) => as(sql, person, async () => (await sql.query('select reason from public.tenant_holds')).rowCount);
      expect(await reasons(people.alder_owner)).toBe(1);
      expect(await reasons(people.alder_billing)).toBe(1);
      expect(await reasons(people.alder_staff)).toBe(0);
      expect(await reasons(people.alder_admin)).toBe(0);
    }));

  test('is placed once, lifted once, and lifts no hold of another kind', () =>
    rolledBack(sql, async () => {
      await placeForGood();
      const again = () => as(sql, admin, () => failure(sql.query(`select public.place_admin_hold($1, 'twice')`, [clinics.alder.id])));
      expect(await again()).toBe('23505');
      const lift = (id: string) => as(sql, admin, () => failure(sql.query(`select public.lift_admin_hold($1, 'why')`, [id])));
      expect(await lift(clinics.alder.id)).toBeUndefined();
      expect(await as(sql, admin, () => failure(sql.query(`select public.lift_admin_hold($1, ' ')`, [clinics.alder.id])))).toBe('22023');
      expect(await lift(clinics.birch.id)).toBe('P0002');
      // Cedar's is for an unpaid invoice: only paying lifts that.
      expect(await lift(clinics.cedar.id)).toBe('P0002');
      expect(await lift('00000000-0000-4000-8000-000000000000')).toBe('P0002');
    }));
});
