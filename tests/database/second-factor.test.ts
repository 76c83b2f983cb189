import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, connect, rolledBack } from '../support/database';
import { loadWorld, type Person } from '../support/world';
import { recoveryCodes as codes, FactorProbe } from './factor-probe';

const { people, clinics } = loadWorld();
const alder = clinics.alder.id;
const staff = people.alder_staff;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const { value, act, ask, enable } = new FactorProbe(() => sql);
const gate = (person: Person, slug = 'alder') => as(sql, person, () => value('select public.gate($1) as value', [slug]));
/** Whether the person's session opens the clinic's rows. */
const works = (person: Person) => as(sql, person, async () => (await sql.query('select id from public.tenants')).rowCount === 1);
/** Opens another session of a person at Alder, which has proven the password only. */
const signInAgain = async (person: Person): Promise<Person> => {
  const id = await value(
    'insert into auth.sessions (id, user_id, created_at, updated_at) values (gen_random_uuid(), $1, now(), now()) returning id as value',
    [person.userId],
  );
  const fresh = { ...person, sessionId: id };
  await ask(fresh, `select public.enter_tenant('alder', '', '') as value`);
  return fresh;
};
const require = (rule: string, from: string | null, roles: string[] = []) =>
  act(people.alder_owner, 'select public.set_second_factor_rule($1, $2, $3)', [rule, JSON.stringify(roles), from]);

describe('S1 a session that owes its second factor', () => {
  test('opens nothing until it is proven, whatever the token says; other people’s go on', () =>
    rolledBack(sql, async () => {
      expect(await enable(staff)).toBe(true);
      expect(await works(staff)).toBe(true);
      const fresh = await signInAgain(staff);
      expect(await works(fresh)).toBe(false);
      expect(await gate(fresh)).toMatchObject({ status: 'second_factor', email: staff.email });
      // The token says aal2: whoever guessed a code past the app has gained nothing.
      expect(await as(sql, fresh, () => value(`select public.open_patient($1) as value`, [clinics.alder.patientId]))).toBe(false);
      expect(await act(fresh, 'select public.start_patient_export()')).toBe('42501');
      expect(await works(people.alder_admin)).toBe(true);
      expect(await value('select private.prove_second_factor($1) as value', [fresh.sessionId])).toBe(true);
      expect(await works(fresh)).toBe(true);
      expect((await gate(fresh)).second_factor).toEqual({ enabled: true, due: null });
    }));

  test('is proven by a recovery code, once', () =>
    rolledBack(sql, async () => {
      await enable(staff);
      const fresh = await signInAgain(staff);
      const redeem = (person: Person, code: string) => ask(person, 'select public.redeem_recovery_code($1) as value', [code]);
      expect(await redeem(fresh, 'ZZZZ-ZZZZ-ZZZZ-ZZZZ')).toBe(false);
      expect(await redeem(people.alder_admin, 'AAAA-BBBB-CCCC-DDD1')).toBe(false);
      expect(await works(fresh)).toBe(false);
      expect(await redeem(fresh, 'aaaa-bbbb-cccc-ddd1')).toBe(true);
      expect(await works(fresh)).toBe(true);
      expect((await ask(fresh, 'select public.find_second_factor() as value')).codes_left).toBe(9);
      const other = await signInAgain(staff);
      expect(await redeem(other, 'AAAA-BBBB-CCCC-DDD1')).toBe(false);
      expect(await works(other)).toBe(false);
    }));

  test('cannot try recovery codes without end', () =>
    rolledBack(sql, async () => {
      await enable(staff);
      const fresh = await signInAgain(staff);
      const tries = [];
      for (let n = 0; n < 12; n++)
        tries.push(await ask(fresh, 'select public.redeem_recovery_code($1) as value', [`ZZZZ-ZZZZ-ZZZZ-ZZ${n + 10}`]));
      expect(tries).toEqual([...Array(10).fill(false), null, null]);
      expect(await ask(fresh, 'select public.redeem_recovery_code($1) as value', [codes[0]])).toBeNull();
    }));

  test('goes on with what was proven at another clinic', () =>
    rolledBack(sql, async () => {
      await enable(staff);
      const id = await value(
        'insert into auth.sessions (id, user_id, created_at, updated_at) values (gen_random_uuid(), $1, now(), now()) returning id as value',
        [staff.userId],
      );
      await sql.query(`select private.issue_handoff('alder', $1, 'sealed', $2, $3)`, [
        randomBytes(32).toString('hex'),
        id,
        staff.sessionId,
      ]);
      const fresh = { ...staff, sessionId: id };
      await ask(fresh, `select public.enter_tenant('alder', '', '') as value`);
      expect(await works(fresh)).toBe(true);
      const half = await signInAgain(staff);
      const next = await value(
        'insert into auth.sessions (id, user_id, created_at, updated_at) values (gen_random_uuid(), $1, now(), now()) returning id as value',
        [staff.userId],
      );
      await sql.query(`select private.issue_handoff('alder', $1, 'sealed', $2, $3)`, [
        randomBytes(32).toString('hex'),
        next,
        half.sessionId,
      ]);
      await ask({ ...staff, sessionId: next }, `select public.enter_tenant('alder', '', '') as value`);
      expect(await works({ ...staff, sessionId: next })).toBe(false);
      expect(await ask(half, `select public.may_switch_to('alder') as value`)).toBe(false);
    }));
});

describe('a clinic that requires a second factor', () => {
  test('of everyone: reminds until the day, then lets nobody work without one', () =>
    rolledBack(sql, async () => {
      expect(await require('everyone', '2999-01-01')).toBeUndefined();
      expect(await works(staff)).toBe(true);
      expect((await gate(staff)).second_factor.due).toContain('2998-12-31');
      expect(await require('everyone', '2020-01-01')).toBeUndefined();
      expect([await works(staff), await works(people.alder_owner), await works(people.birch_owner)]).toEqual([false, false, true]);
      expect(await gate(staff)).toMatchObject({ status: 'second_factor', factor_id: null });
      expect(await enable(staff)).toBe(true);
      expect(await works(staff)).toBe(true);
    }));

  test('of some roles: follows a change of role, and of the rule', () =>
    rolledBack(sql, async () => {
      const role = (key: string) => value('select id as value from public.roles where tenant_id = $1 and key = $2', [alder, key]);
      expect(await require('roles', null, [await role('staff')])).toBeUndefined();
      expect([await works(staff), await works(people.alder_admin)]).toEqual([false, true]);
      await sql.query('update public.memberships set role_id = $2 where tenant_id = $1 and user_id = $3', [
        alder,
        await role('practitioner'),
        staff.userId,
      ]);
      expect(await works(staff)).toBe(true);
      expect(await require('roles', null, [await role('practitioner')])).toBeUndefined();
      expect(await works(staff)).toBe(false);
      expect(await require('optional', null)).toBeUndefined();
      expect(await works(staff)).toBe(true);
    }));

  test('is made so by who may change the settings, for the own clinic', () =>
    rolledBack(sql, async () => {
      expect(await ask(staff, `select public.set_second_factor_rule('everyone', '[]') as value`)).toBe(false);
      expect(await ask(people.birch_owner, `select public.set_second_factor_rule('everyone', '[]') as value`)).toBe(true);
      expect(await value('select second_factor as value from public.tenant_settings where tenant_id = $1', [alder])).toBe('optional');
    }));
});

describe('setting up, taking off, and a lost phone', () => {
  test('only a proven factor of the person’s own counts, and one at a time', () =>
    rolledBack(sql, async () => {
      const factor = (user: string, status: string) =>
        value(
          `insert into auth.mfa_factors (user_id, friendly_name, status, secret) values ($1, gen_random_uuid()::text, $2, 's') returning id as value`,
          [user, status],
        );
      const enabled = async (id: string) => value(`select private.enable_second_factor($1, $2, '[]') as value`, [staff.sessionId, id]);
      expect(await enabled(await factor(staff.userId, 'unverified'))).toBe(false);
      expect(await enabled(await factor(people.alder_admin.userId, 'verified'))).toBe(false);
      expect(await enabled(await factor(staff.userId, 'verified'))).toBe(true);
      expect(await enabled(await factor(staff.userId, 'verified'))).toBe(false);
    }));

  test('deleted past the product, it is still owed', () =>
    rolledBack(sql, async () => {
      await enable(staff);
      await sql.query('delete from auth.mfa_factors where user_id = $1', [staff.userId]);
      expect(await works(await signInAgain(staff))).toBe(false);
      expect(await enable(staff)).toBe(false);
      expect(await value('select private.reset_second_factor($1) as value', [staff.email])).toBe(true);
      expect(await works(await signInAgain(staff))).toBe(true);
      expect(await value('select private.reset_second_factor($1) as value', [staff.email])).toBe(false);
    }));

  test('what was added to Auth past the product makes room, and never counts', () =>
    rolledBack(sql, async () => {
      await sql.query(`insert into auth.mfa_factors (user_id, friendly_name, status, secret) values ($1, 'stray', 'verified', 's')`, [
        staff.userId,
      ]);
      expect(await works(await signInAgain(staff))).toBe(true);
      await sql.query('select private.prepare_second_factor($1)', [staff.sessionId]);
      expect(await value('select count(*)::int as value from auth.mfa_factors where user_id = $1', [staff.userId])).toBe(0);
      await enable(staff);
      await sql.query('select private.prepare_second_factor($1)', [staff.sessionId]);
      expect(await value('select count(*)::int as value from auth.mfa_factors where user_id = $1', [staff.userId])).toBe(1);
    }));

  test('taken off, sessions go on where the clinic does not require one', () =>
    rolledBack(sql, async () => {
      await enable(staff);
      expect(await act(staff, 'select public.remove_second_factor()')).toBeUndefined();
      expect([await works(staff), await works(await signInAgain(staff))]).toEqual([true, true]);
      expect(await value('select count(*)::int as value from auth.mfa_factors where user_id = $1', [staff.userId])).toBe(0);
      expect(await value('select count(*)::int as value from private.recovery_codes where user_id = $1', [staff.userId])).toBe(0);
    }));

  test('a reset link proves the mailbox, not the factor; a recovery code takes the lost one off', () =>
    rolledBack(sql, async () => {
      await enable(staff);
      const token = randomBytes(32).toString('base64url');
      await sql.query(`select private.issue_password_reset($1, $2)`, [staff.userId, createHash('sha256').update(token).digest()]);
      const read = () => value('select private.read_password_reset($1) as value', [token]);
      expect((await read()).factor_id).not.toBeNull();
      const recover = (code: string) => value('select private.recover_account($1, $2) as value', [token, code]);
      expect(await value(`select private.recover_account('another', $1) as value`, [codes[2]])).toBe(false);
      expect(await recover('ZZZZ-ZZZZ-ZZZZ-ZZZZ')).toBe(false);
      expect((await read()).factor_id).not.toBeNull();
      expect(await recover(codes[2] ?? '')).toBe(true);
      expect((await read()).factor_id).toBeNull();
      await sql.query(`update auth.users set encrypted_password = 'another' where id = $1`, [staff.userId]);
      expect(await read()).toBeNull();
    }));
});
