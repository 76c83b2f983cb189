import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Actor, as, become, connect, failure, rolledBack } from '../support/database';
import { canary, loadWorld, type Person } from '../support/world';

const { people, clinics } = loadWorld();
const admin = people.platform_admin;
let sql: pg.Client;
beforeAll(async () => {
  sql = await connect();
});
afterAll(() => sql.end());

const value = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows[0].value;

/** Every function of the platform, with what it answers an administrator. */
const reads: [name: string, call: string, values: unknown[]][] = [
  ['list_clinics', 'select public.list_clinics() as value', []],
  ['find_clinic', 'select public.find_clinic($1) as value', [clinics.alder.id]],
  ['list_clinic_audit', 'select public.list_clinic_audit($1) as value', [clinics.alder.id]],
  ['platform_totals', `select public.platform_totals('day') as value`, []],
  ['list_entitlements', 'select public.list_entitlements($1) as value', [clinics.alder.id]],
];
const writes: [name: string, call: string, values: unknown[]][] = [
  ['place_admin_hold', 'select public.place_admin_hold($1, $2) as value', [clinics.alder.id, 'reported misuse']],
  ['lift_admin_hold', 'select public.lift_admin_hold($1, $2) as value', [clinics.alder.id, 'all is well']],
  ['override_limit', `select public.override_limit($1, 'patients', 'as agreed', 7) as value`, [clinics.alder.id]],
  ['override_feature', `select public.override_feature($1, 'sso', true, 'as agreed') as value`, [clinics.alder.id]],
  ['end_override', `select public.end_override($1, 'limit:calls') as value`, [clinics.alder.id]],
];
const others: [string, Actor][] = [
  ['nobody', 'anon'],
  ['a clinic’s owner', people.alder_owner],
  ['somebody without a clinic', people.stranger],
  ['an owner with the administrator’s session', { ...people.alder_owner, sessionId: admin.sessionId }],
  ['an administrator with an owner’s session', { ...admin, sessionId: people.alder_owner.sessionId }],
];
const spoilt: [string, string][] = [
  ['without the second factor', `update auth.sessions set aal = 'aal1' where user_id = $1`],
  ['after signing out', 'update private.platform_sessions set ended_at = now() where user_id = $1'],
  ['signed out in Auth', 'delete from auth.sessions where user_id = $1'],
  ['15 minutes without activity', `update private.platform_sessions set last_seen_at = now() - interval '15 minutes' where user_id = $1`],
  ['after 12 hours', `update private.platform_sessions set created_at = now() - interval '12 hours' where user_id = $1`],
  ['with another factor', 'update auth.sessions set factor_id = gen_random_uuid() where user_id = $1'],
  ['while a new link is out', 'update private.platform_admins set factor_id = null where user_id = $1'],
  ['no longer one', 'update private.platform_admins set removed_at = now() where user_id = $1'],
  ['with a changed password', `update auth.users set encrypted_password = 'another' where id = $1`],
];

describe('who may use the platform', () => {
  test.each([...reads, ...writes])('%s answers an administrator and refuses everybody else', (name, call, values) =>
    rolledBack(sql, async () => {
      if (name === 'lift_admin_hold') {
        await sql.query(`insert into public.tenant_holds (tenant_id, kind, reason) values ($1, 'admin', 'earlier')`, [clinics.alder.id]);
      }
      expect(await as(sql, admin, () => failure(sql.query(call, values)))).toBeUndefined();
      const earlierToken = async () => {
        await become(sql, admin, 'aal1');
        return failure(sql.query(call, values));
      };
      expect(await as(sql, 'anon', earlierToken), 'with a token of before the code').toBe('42501');
      for (const [who, actor] of others) expect(await as(sql, actor, () => failure(sql.query(call, values))), who).toBe('42501');
      for (const [state, statement] of spoilt) {
        await sql.query('savepoint spoilt');
        await sql.query(statement, [admin.userId]);
        expect(await as(sql, admin, () => failure(sql.query(call, values))), state).toBe('42501');
        await sql.query('rollback to savepoint spoilt');
      }
    }),
  );

  test('S1 the gate tells a session that has run out from one that is over, and notes the last visit', () =>
    rolledBack(sql, async () => {
      const gate = () => as(sql, admin, () => value('select public.platform_gate() as value'));
      expect(await gate()).toEqual({ status: 'ok', email: admin.email });
      await sql.query(`update private.platform_sessions set last_seen_at = now() - interval '15 minutes' where session_id = $1`, [
        admin.sessionId,
      ]);
      expect(await gate()).toEqual({ status: 'signed_out', run_out: true });
      await sql.query('update private.platform_sessions set ended_at = now() where session_id = $1', [admin.sessionId]);
      expect(await gate()).toEqual({ status: 'signed_out', run_out: false });
    }));

  test('a session of the platform enters no clinic, and one of a clinic not the platform', () =>
    rolledBack(sql, async () => {
      const enter = (person: Person) => value(`select private.enter_platform($1, '', '', null) as value`, [person.sessionId]);
      await sql.query(`insert into public.profiles (user_id, full_name) values ($1, 'Both')`, [admin.userId]);
      const join = () =>
        sql.query(
          'insert into public.memberships (tenant_id, user_id, role_id) select $1, $2, id from public.roles where tenant_id = $1 and key = $3',
          [clinics.alder.id, admin.userId, 'staff'],
        );
      // An account is one or the other, so the trigger has to be out of the way for this.
      await sql.query('savepoint apart');
      expect(await failure(join())).toBe('YA001');
      await sql.query('rollback to savepoint apart');
      await sql.query('alter table public.memberships disable trigger memberships_refuse_platform_admin');
      await join();
      expect(await as(sql, admin, () => value(`select public.enter_tenant('alder', '', '') as value`))).toBe('signed_out');

      const factor = (
        await sql.query('insert into private.platform_admins (user_id, factor_id) values ($1, gen_random_uuid()) returning factor_id', [
          people.alder_owner.userId,
        ])
      ).rows[0].factor_id;
      await sql.query(`update auth.sessions set aal = 'aal2', factor_id = $2, created_at = now() where id = any($1)`, [
        [people.alder_owner.sessionId, people.unbound.sessionId],
        factor,
      ]);
      await sql.query(`update public.profiles set sessions_valid_after = '-infinity' where user_id = $1`, [people.alder_owner.userId]);
      expect(await enter(people.alder_owner)).toBe(false);
      expect(await enter(people.unbound)).toBe(true);
    }));
});

describe('what the platform sees', () => {
  test('no patient is in any answer, and looking is noted once in the clinic’s log', () =>
    rolledBack(sql, async () => {
      expect(await value('select family_name as value from public.patients where id = $1', [clinics.alder.patientId])).toBe(canary);
      await become(sql, admin);
      for (const [name, call, values] of [...reads, ...reads]) {
        const text = JSON.stringify(await value(call, values));
        expect(text.length, name).toBeGreaterThan(100);
        for (const secret of [canary, clinics.alder.patientId, '1980-05-12', '617 555 0100', 'pat@example.com']) {
          expect(text, name).not.toContain(secret);
        }
      }
      await sql.query('reset role');
      expect(
        await value(
          `select count(*)::int as value from public.audit_log where tenant_id = $1 and action = 'tenants.viewed_by_platform' and actor_id = $2`,
          [clinics.alder.id, admin.userId],
        ),
      ).toBe(1);
    }));

  const list = (argument: string) =>
    as(sql, admin, async () => {
      const answer = await value(`select public.list_clinics(p_sort => 'oldest'${argument}) as value`);
      return answer.rows.map(({ slug }: { slug: string }) => slug).sort();
    });

  test.each([
    ['nothing asked', '', ['alder', 'birch', 'cedar', 'dogwood']],
    ['a name', `, p_search => 'BIRCH cl'`, ['birch']],
    ['a subdomain', `, p_search => 'ceda'`, ['cedar']],
    ['a member’s address', `, p_search => 'practitioner@alder'`, ['alder']],
    ['a wildcard taken literally', `, p_search => '%'`, []],
    ['a status', `, p_status => 'cancelled'`, ['dogwood']],
    ['trials', `, p_status => 'trialing'`, ['alder', 'birch']],
    ['any hold', `, p_hold => 'open'`, ['cedar']],
    ['no hold', `, p_hold => 'none'`, ['alder', 'birch', 'dogwood']],
    ['a kind of hold', `, p_hold => 'unpaid'`, ['cedar']],
    ['another kind of hold', `, p_hold => 'admin'`, []],
    ['a plan', `, p_plan => 'starter'`, []],
    ['the plan of the trial', `, p_plan => 'professional'`, ['alder', 'birch', 'cedar', 'dogwood']],
  ])('the list of clinics finds %s', (_, argument, slugs) =>
    rolledBack(sql, async () => {
      // Other tests may have signed clinics up; the world's four count here.
      const found = await list(argument);
      expect(found.filter((slug: string) => slug in clinics)).toEqual(slugs);
    }),
  );

  test('the list is ordered and paged, with its total', () =>
    rolledBack(sql, async () => {
      await sql.query(
        `with made as (insert into public.tenants (slug, name, created_at) select 'zz-' || n, 'Zz ' || lpad(n::text, 3, '0'), now() + make_interval(hours => n)
           from generate_series(1, 60) as n returning id)
         , settings as (insert into public.tenant_settings (tenant_id) select id from made)
         insert into public.tenant_subscriptions (tenant_id, plan_id, status) select made.id, p.id, 'active' from made, public.plans p where p.key = 'starter'`,
      );
      await become(sql, admin);
      const page = async (argument: string) => value(`select public.list_clinics(p_search => 'zz ', ${argument}) as value`);
      const names = (answer: { rows: { name: string }[] }) => answer.rows.map(({ name }) => name);
      const third = await page(`p_sort => 'name', p_page => 3`);
      expect([third.total, names(third)]).toEqual([60, Array.from({ length: 10 }, (_, n) => `Zz 0${51 + n}`)]);
      expect(names(await page(`p_sort => 'newest'`))[0]).toBe('Zz 060');
      expect(names(await page(`p_sort => 'oldest'`))[0]).toBe('Zz 001');
      const busiest = await value(`select public.list_clinics(p_sort => 'people') as value`);
      expect(busiest.rows[0].slug).toBe('alder');
    }));

  test('totals count today and add up over time', () =>
    rolledBack(sql, async () => {
      await sql.query(`update public.tenants set created_at = now() - interval '3 days' where slug = 'birch'`);
      const expected = await value(`select count(*)::int as value from public.tenants`);
      await become(sql, admin);
      for (const [period, length] of [
        ['day', 30],
        ['week', 12],
        ['month', 12],
      ] as const) {
        const totals = await value('select public.platform_totals($1) as value', [period]);
        expect(totals.over_time).toHaveLength(length);
        expect(totals.over_time.at(-1).clinics).toBe(expected);
        expect(totals.over_time.reduce((sum: number, { sign_ups }: { sign_ups: number }) => sum + sign_ups, 0)).toBe(expected);
        expect(totals.clinics).toBe(expected);
        const statuses = Object.values(totals.by_status as Record<string, number>);
        expect(statuses.reduce((sum, n) => sum + n, 0)).toBe(expected);
      }
      const days = (await value(`select public.platform_totals('day') as value`)).over_time;
      expect(days.at(-4).sign_ups).toBe(1);
      expect(days.at(-5).clinics).toBe(0);
    }));
});
