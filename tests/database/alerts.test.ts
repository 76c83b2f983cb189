import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { as, become, connect, failure, rolledBack } from '../support/database';
import { loadWorld, type Person } from '../support/world';

const { people, clinics } = loadWorld();
const alder = clinics.alder.id;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0]?.value;
const setThreshold = (rule: string, threshold: number) =>
  sql.query('update private.security_rules set threshold = $2 where key = $1', [rule, threshold]);
const seal = () => sql.query('select private.seal_audit()');
/** The alerts that a rule has raised at Alder. */
const alerts = async (rule: string) =>
  (
    await sql.query(
      'select user_id, answer, address from public.security_events where tenant_id = $1 and rule = $2 and resolved_at is null',
      [alder, rule],
    )
  ).rows;
const mails = async (template: string) =>
  (
    await sql.query(
      `select j.payload ->> 'userId' as id from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
       where t.identifier = 'send_mail' and j.payload ->> 'template' = $1 and j.created_at = now()`,
      [template],
    )
  ).rows.map(({ id }) => id);
/** A statement as a person, for good within the test's transaction. */
const act = async (person: Person, text: string, values: unknown[] = []): Promise<string | undefined> => {
  await sql.query('savepoint act');
  await become(sql, person);
  const code = await failure(sql.query(text, values));
  if (code) await sql.query('rollback to savepoint act');
  await sql.query('reset role');
  await sql.query(`select set_config('request.jwt.claims', '', true), set_config('request.jwt.claim.sub', '', true)`);
  return code;
};
const refuse = (person: Person, action: string, reason: string, record: string | null = null) =>
  sql.query('select private.record_refusal($1, null, null, $2, $3, $4)', [person.sessionId, action, reason, record]);
const times = async (count: number, work: () => Promise<unknown>) => {
  for (let n = 0; n < count; n++) await work();
};
const stateOf = (person: Person) => as(sql, person, () => value('select private.permitted_tenant_id() is not null as value'));

describe('rules over the log', () => {
  test('many refusals of one person make one alert, tell the owner, and take nothing away', () =>
    rolledBack(sql, async () => {
      await sql.query('delete from public.security_events');
      await setThreshold('many_refusals', 4);
      const refused = () => refuse(people.alder_staff, 'edit-patient', 'forbidden');
      await times(9, () => refuse(people.alder_staff, 'edit-patient', 'stale'));
      await times(3, refused);
      await seal();
      expect(await alerts('many_refusals')).toEqual([]);
      await times(5, refused);
      await seal();
      await times(5, refused);
      await seal();
      expect(await alerts('many_refusals')).toEqual([{ user_id: people.alder_staff.userId, answer: 'none', address: null }]);
      expect(await mails('security_alert')).toEqual([people.alder_owner.userId]);
      expect(await stateOf(people.alder_staff)).toBe(true);
    }));

  test('tried records of others end the person’s sessions at this clinic, and nobody else’s', () =>
    rolledBack(sql, async () => {
      await setThreshold('unknown_ids', 3);
      await times(3, () => refuse(people.alder_staff, 'patients.opened', 'not_found', clinics.birch.patientId));
      expect(await stateOf(people.alder_staff)).toBe(true);
      await seal();
      expect(await alerts('unknown_ids')).toEqual([{ user_id: people.alder_staff.userId, answer: 'end_sessions', address: null }]);
      expect([await stateOf(people.alder_staff), await stateOf(people.alder_admin)]).toEqual([false, true]);
    }));

  test('ten failed sign-ins make an alert and a mail to the person', () =>
    rolledBack(sql, async () => {
      await setThreshold('failed_sign_ins', 10);
      const fail = (email: string) =>
        sql.query(`select private.record_failed_sign_in('alder', $1, '203.0.113.9', 'Test', 'bad_credentials')`, [email]);
      await times(9, () => fail(people.alder_staff.email));
      await times(12, () => fail('nobody@alder.test'));
      await seal();
      expect(await alerts('failed_sign_ins')).toEqual([]);
      await fail(people.alder_staff.email);
      await seal();
      expect(await alerts('failed_sign_ins')).toEqual([{ user_id: people.alder_staff.userId, answer: 'none', address: '203.0.113.9' }]);
      expect(await mails('sign_in_warning')).toEqual([people.alder_staff.userId]);
    }));

  test.each([
    ['198.51.100.7', true],
    ['203.0.77.1', false],
    ['', false],
  ])('after failures, a sign-in from %s is suspicious: %s', (address, suspicious) =>
    rolledBack(sql, async () => {
      await setThreshold('new_address', 1);
      await sql.query(`update private.tenant_sessions set ip = '203.0.113.4' where session_id = $1`, [people.alder_staff.sessionId]);
      await times(3, () =>
        sql.query(`select private.record_failed_sign_in('alder', $1, '198.51.100.7', 'Test', 'bad_credentials')`, [
          people.alder_staff.email,
        ]),
      );
      await sql.query(
        `insert into public.audit_log (tenant_id, actor_id, session_id, action, address) values ($1, $2, gen_random_uuid(), 'sessions.started', $3)`,
        [alder, people.alder_staff.userId, address],
      );
      await seal();
      expect((await alerts('new_address')).length).toBe(suspicious ? 1 : 0);
    }),
  );

  test('who opens very many records is slowed down, until the alert is closed', () =>
    rolledBack(sql, async () => {
      await setThreshold('mass_opening', 8);
      const open = () => act(people.alder_staff, 'select public.open_patient($1)', [clinics.alder.patientId]);
      await times(8, async () => expect(await open()).toBeUndefined());
      await seal();
      expect((await alerts('mass_opening'))[0]?.answer).toBe('slow');
      await times(5, async () => expect(await open()).toBeUndefined());
      expect(await open()).toBe('YR003');
      expect(await act(people.alder_admin, 'select public.open_patient($1)', [clinics.alder.patientId])).toBeUndefined();
      const id = await value(`select id as value from public.security_events where tenant_id = $1 and rule = 'mass_opening'`, [alder]);
      expect(await act(people.alder_staff, `select public.resolve_alert($1, 'me')`, [id])).toBe('42501');
      expect(await act(people.birch_owner, `select public.resolve_alert($1, 'me')`, [id])).toBeUndefined();
      expect((await alerts('mass_opening')).length).toBe(1);
      expect(await act(people.alder_admin, `select public.resolve_alert($1, 'The yearly recall')`, [id])).toBeUndefined();
      expect(await alerts('mass_opening')).toEqual([]);
      expect(await open()).toBeUndefined();
    }));

  test.each([
    ['05:59', true],
    ['06:00', false],
    ['21:59', false],
    ['22:00', true],
  ])('%s of the clinic’s time is at night: %s', (time, night) =>
    rolledBack(sql, async () => {
      await sql.query(`update public.tenants set time_zone = 'America/New_York' where id = $1`, [alder]);
      await sql.query(
        `insert into public.audit_log (tenant_id, action, occurred_at) values ($1, 'patients.exported', ($2::date + $3::time) at time zone 'America/New_York')`,
        [alder, '2026-11-10', time],
      );
      expect(
        await value(
          `select private.meets_condition('at_night', l) as value from public.audit_log l where l.tenant_id = $1 order by l.id desc limit 1`,
          [alder],
        ),
      ).toBe(night);
    }),
  );

  test.each([
    ['alder_staff', 'lock', 'deactivated'],
    ['alder_owner', 'end_sessions', 'active'],
  ] as const)('a rule that locks %s does %s: the last owner is kept', (name, answer, status) =>
    rolledBack(sql, async () => {
      const person = people[name];
      await sql.query(`update private.security_rules set threshold = 2, answer = 'lock' where key = 'many_refusals'`);
      await sql.query('delete from public.security_events');
      await times(2, () => refuse(person, 'edit-patient', 'forbidden'));
      await seal();
      expect((await alerts('many_refusals'))[0]?.answer).toBe(answer);
      expect(
        await value('select status as value from public.memberships where tenant_id = $1 and user_id = $2', [alder, person.userId]),
      ).toBe(status);
      expect(await stateOf(person)).toBe(false);
    }),
  );

  test('a log that does not verify is told once a day', () =>
    rolledBack(sql, async () => {
      await times(2, () => sql.query('select private.report_broken_audit($1)', [alder]));
      expect(await alerts('broken_log')).toEqual([{ user_id: null, answer: 'none', address: null }]);
    }));
});
